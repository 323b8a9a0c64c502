import { useMemo, type FormEvent, type ReactNode } from "react";
import { Form } from "react-aria-components";
import { RunButton } from "./RunButton";
import { ProblemNote } from "./ProblemNote";
import type { Problem } from "./problem";

interface SubmitFormProps {
  button: string;
  isRunning: boolean;
  problem: Problem | null;
  /** What was typed, by the names of the fields. Runs once at a time. */
  onSubmit: (values: Record<string, string>) => void;
  children: ReactNode;
  isDangerous?: boolean;
}

/** Shows each problem of an input at its field: the field's name is the last part of the path. */
export function SubmitForm({ button, isRunning, problem, onSubmit, children, isDangerous }: SubmitFormProps) {
  const errors = useMemo(() => fieldErrors(problem), [problem]);
  return (
    <Form
      validationErrors={errors}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isRunning) onSubmit(Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>);
      }}
    >
      {problem && <ProblemNote problem={problem} />}
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

function fieldErrors(problem: Problem | null): Record<string, string[]> {
  const errors: Record<string, string[]> = {};
  for (const { path, message } of problem?.inputs ?? []) {
    const name = path.findLast((part) => !/^\d+$/.test(part)) ?? "";
    (errors[name] ??= []).push(message);
  }
  return errors;
}
