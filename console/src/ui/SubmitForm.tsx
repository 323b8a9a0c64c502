import { useLayoutEffect, useMemo, useRef, useState, type FormEvent, type ReactNode } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { RunButton } from "./RunButton";
import { ProblemNote } from "./ProblemNote";
import { fieldOf, wordsOf, type InputProblem, type Problem } from "./problem";

interface SubmitFormProps {
  button: string;
  isRunning: boolean;
  problem: Problem | null;
  /** What was typed, by the names of the fields. Runs once at a time. */
  onSubmit: (values: Record<string, string>) => void;
  children: ReactNode;
  isDangerous?: boolean;
}

// With null for those without a field.
type ByField = ReadonlyMap<string | null, readonly InputProblem[]>;

/** Shows each problem of an input at its field, if there is one with its name. */
export function SubmitForm({ button, isRunning, problem, onSubmit, children, isDangerous }: SubmitFormProps) {
  const { i18n } = useTranslation();
  const form = useRef<HTMLFormElement>(null);
  const [byField, setByField] = useState<ByField>(new Map());
  useLayoutEffect(() => setByField(Map.groupBy(problem?.inputs ?? [], (one) => fieldOf(one, form.current!))), [problem]);
  const errors = useMemo(
    () => Object.fromEntries([...byField].flatMap(([field, its]) => (field ? [[field, its.map((one) => wordsOf(one, i18n))]] : []))),
    [byField, i18n, i18n.language],
  );
  return (
    <Form
      ref={form}
      validationErrors={errors}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isRunning) onSubmit(Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>);
      }}
    >
      {problem && <ProblemNote problem={problem} inputs={byField.get(null) ?? []} />}
      <div className="fields" onInput={dropProblem}>
        {children}
      </div>
      <RunButton className={isDangerous ? "danger" : "primary"} isRunning={isRunning}>
        {button}
      </RunButton>
    </Form>
  );
}

// The component library takes a refusal away when the field loses the focus. That would be while a mouse presses the
// button, which then moves from under it.
function dropProblem({ target }: FormEvent): void {
  if (target instanceof HTMLInputElement && target.validity.customError) target.dispatchEvent(new Event("change"));
}
