// One call as a program of several languages.

import { ROOT } from "../../app/root";

export const PLACEHOLDER = "gth_…";

type Writer = (document: string, variables: unknown, token: string) => string;

const ENDPOINT = new URL("graphql", ROOT).href;

export const LANGUAGES: Record<string, Writer> = { curl, Python: python, TypeScript: typescript };

/** The same, with a text in the place of the bytes of each file. */
export function withoutFiles(variables: unknown): { value: unknown; hasFiles: boolean } {
  let hasFiles = false;
  const text = JSON.stringify(variables, (_name, value: unknown) => {
    if (!(isUpload(value))) return value;
    hasFiles = true;
    return { base64: `${value.upload.size} bytes as base64` };
  });
  return { value: JSON.parse(text), hasFiles };
}

function isUpload(value: unknown): value is { upload: Blob } {
  return typeof value === "object" && value !== null && "upload" in value && value.upload instanceof Blob;
}

/** With two spaces, and each list of plain values in one line. */
function written(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/\[[^[\]{}"]*\]/g, (list) => list.replace(/\s+/g, " ").replace("[ ", "[").replace(" ]", "]"));
}

function curl(query: string, variables: unknown, token: string): string {
  const body = written({ query: query.trim().replace(/\s+/g, " "), variables }).replaceAll("'", "'\\''");
  return `export GATEHOUSE_TOKEN=${token}
curl '${ENDPOINT}' \\
  -H "Authorization: Bearer $GATEHOUSE_TOKEN" \\
  -H 'Content-Type: application/json' \\
  --data '${body}'`;
}

function python(query: string, variables: unknown, token: string): string {
  return `# pip install httpx; export GATEHOUSE_TOKEN=${token}
import json
import os

import httpx

QUERY = """
${query.trim()}
"""
VARIABLES = json.loads(r"""
${written(variables)}
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

function typescript(query: string, variables: unknown, token: string): string {
  return `// GATEHOUSE_TOKEN=${token} node call.ts
const query = \`
${query.trim()}
\`;
const variables = ${written(variables)};

const response = await fetch("${ENDPOINT}", {
  method: "POST",
  headers: { Authorization: \`Bearer \${process.env.GATEHOUSE_TOKEN}\`, "Content-Type": "application/json" },
  body: JSON.stringify({ query, variables }),
});
const { data, errors } = await response.json();
if (errors) throw new Error(JSON.stringify(errors));
console.log(data);`;
}
