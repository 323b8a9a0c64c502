import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { ROOT } from "../../app/root";
import { CopyButton } from "../../ui/CopyButton";
import type { Model } from "./ModelPage";

/** The example call of a model for programs. The token is a placeholder. */
export function Snippets({ example }: { example: NonNullable<Model["example"]> }) {
  const { t } = useTranslation();
  return (
    <section className="card">
      <h2>{t("snippets.title")}</h2>
      <p>{t("snippets.lead")}</p>
      <Tabs>
        <TabList aria-label={t("snippets.language")}>
          {Object.keys(LANGUAGES).map((language) => (
            <Tab key={language} id={language}>
              {language}
            </Tab>
          ))}
        </TabList>
        {Object.entries(LANGUAGES).map(([language, write]) => {
          const text = write(example.document, JSON.parse(example.variables));
          return (
            <TabPanel key={language} id={language} className="code">
              <CopyButton text={text} />
              <pre tabIndex={0}>{text}</pre>
            </TabPanel>
          );
        })}
      </Tabs>
    </section>
  );
}

const ENDPOINT = new URL("graphql", ROOT).href;
const TOKEN = "gth_…";

const LANGUAGES: Record<string, (document: string, variables: unknown) => string> = { curl, Python: python, TypeScript: typescript };

function curl(query: string, variables: unknown): string {
  const body = JSON.stringify({ query, variables }, null, 2).replaceAll("'", "'\\''");
  return `export GATEHOUSE_TOKEN=${TOKEN}
curl '${ENDPOINT}' \\
  -H "Authorization: Bearer $GATEHOUSE_TOKEN" \\
  -H 'Content-Type: application/json' \\
  --data '${body}'`;
}

function python(query: string, variables: unknown): string {
  return `# pip install httpx; export GATEHOUSE_TOKEN=${TOKEN}
import json
import os

import httpx

QUERY = """
${query.trim()}
"""
VARIABLES = json.loads(r"""
${JSON.stringify(variables, null, 2)}
""")

answer = httpx.post(
    "${ENDPOINT}",
    headers={"Authorization": f"Bearer {os.environ['GATEHOUSE_TOKEN']}"},
    json={"query": QUERY, "variables": VARIABLES},
    timeout=60,
).json()
if errors := answer.get("errors"):
    raise SystemExit(errors)
print(answer["data"])`;
}

function typescript(query: string, variables: unknown): string {
  return `// GATEHOUSE_TOKEN=${TOKEN} node call.ts
const query = \`
${query.trim()}
\`;
const variables = ${JSON.stringify(variables, null, 2)};

const response = await fetch("${ENDPOINT}", {
  method: "POST",
  headers: { Authorization: \`Bearer \${process.env.GATEHOUSE_TOKEN}\`, "Content-Type": "application/json" },
  body: JSON.stringify({ query, variables }),
});
const { data, errors } = await response.json();
if (errors) throw new Error(JSON.stringify(errors));
console.log(data);`;
}
