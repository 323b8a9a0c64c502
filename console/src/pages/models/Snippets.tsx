import { useState } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { newToken } from "../../session/newToken";
import { Choice } from "../../ui/Choice";
import { CopyButton } from "../../ui/CopyButton";
import type { Model } from "./ModelPage";
import { callOf, LANGUAGES, PLACEHOLDER } from "./snippetTexts";
import type { InferInputs } from "./useCall";

interface SnippetsProps {
  example: NonNullable<Model["example"]>;
  /** What the form holds. Null while it cannot be sent: then the call is the example. */
  inputs: InferInputs | null;
  isStream: boolean;
}

const TOKENS = ["own", "placeholder"] as const;

/** The call of the form for programs, with the API token that was made last in this tab, or with a placeholder. */
export function Snippets({ example, inputs, isStream }: SnippetsProps) {
  const { t } = useTranslation();
  const own = newToken();
  const [shown, setShown] = useState<(typeof TOKENS)[number]>("own");
  const token = own && shown === "own" ? own.secret : PLACEHOLDER;
  const given = JSON.parse(example.variables) as object;
  const call = callOf(example.document, inputs ? { ...given, inputs } : given, isStream);
  return (
    <section className="card">
      <h2>{t("snippets.title")}</h2>
      {own ? (
        <Choice
          label={t("snippets.token")}
          value={shown}
          onChange={setShown}
          choices={TOKENS}
          nameOf={(choice) => (choice === "own" ? t("snippets.own", { name: own.name }) : PLACEHOLDER)}
        />
      ) : (
        <p>
          {t("snippets.lead")} <Link to="/tokens">{t("snippets.make")}</Link>
        </p>
      )}
      {call.files.length > 0 && <p className="quiet">{t("snippets.files")}</p>}
      <Tabs>
        <TabList aria-label={t("snippets.language")}>
          {Object.keys(LANGUAGES).map((language) => (
            <Tab key={language} id={language}>
              {language}
            </Tab>
          ))}
        </TabList>
        {Object.entries(LANGUAGES).map(([language, write]) => {
          const text = write(call, token);
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
