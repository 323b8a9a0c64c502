import { useRef, type ReactNode } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { ProblemNote } from "../../ui/ProblemNote";
import type { Problem } from "../../ui/problem";
import { RunButton } from "../../ui/RunButton";
import { InputEditor } from "./InputEditor";
import type { Model } from "./ModelPage";
import type { CallFormState } from "./useCallForm";

interface CallFormProps {
  model: Model;
  form: CallFormState;
  /** Other uses of the inputs, beside the call. */
  buttons?: ReactNode;
  /** Of these uses. */
  problem?: Problem | null;
  children?: ReactNode;
}

/** A form made from the declaration of a model. */
export function CallForm({ model, form, buttons, problem, children }: CallFormProps) {
  const { t } = useTranslation();
  const { call } = form;
  const refusal = call.problem ?? problem;
  const run = useRef<HTMLButtonElement>(null);
  const stop = () => {
    call.stop();
    run.current?.focus();
  };
  return (
    <Form
      className="card"
      onSubmit={(event) => {
        event.preventDefault();
        if (!call.isRunning) form.withInputs(call.run);
      }}
    >
      <h2>{t("model.try")}</h2>
      {model.inputs.map((input) => (
        <InputEditor
          key={input.name}
          declared={input}
          entry={form.entryOf(input.name)}
          images={form.imagesOf(input)}
          problem={form.problem?.input === input.name ? form.problem : null}
          onChange={(entry) => form.enter(input.name, entry)}
        />
      ))}
      <div className="row">
        <RunButton ref={run} className="primary" isRunning={call.isRunning} disabled={!model.ready}>
          {t("model.run", { count: model.cost })}
        </RunButton>
        {/* With a key, or else the focus would stay on it where it becomes another button. */}
        {call.isRunning ? <button key="stop" type="button" onClick={stop}>{t("model.stop")}</button> : buttons}
        <span role="status">{call.isStopped && t("model.stopped")}</span>
      </div>
      {children}
      {refusal && <ProblemNote problem={refusal} />}
    </Form>
  );
}
