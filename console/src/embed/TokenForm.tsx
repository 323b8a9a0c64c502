import { useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Field } from "../ui/fields";
import { ProblemNote } from "../ui/ProblemNote";
import type { Problem } from "../ui/problem";
import { RunButton } from "../ui/RunButton";

/** Where visitors enter an API token. It goes no further than the memory of this page. */
export function TokenForm({ host, problem, onToken }: { host: string; problem: Problem | null; onToken: (token: string) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  return (
    <Form
      className="card"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim()) onToken(typed.trim());
      }}
    >
      {problem && <ProblemNote problem={problem} />}
      <Field label={t("embed.token")} hint={t("embed.tokenHint", { host })} type="password" autoComplete="off" value={typed} onChange={setTyped} isRequired />
      <RunButton className="primary" isRunning={false}>
        {t("embed.use")}
      </RunButton>
    </Form>
  );
}
