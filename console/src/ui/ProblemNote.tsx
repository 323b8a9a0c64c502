import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { wordsOf, type InputProblem, type Problem } from "./problem";

interface ProblemNoteProps {
  problem: Problem;
  /** The problems of inputs that are not shown at a field. */
  inputs?: readonly InputProblem[];
}

/** A refusal in words, with what to do. Counts down where waiting helps. */
export function ProblemNote({ problem, inputs = problem.inputs }: ProblemNoteProps) {
  const { t, i18n } = useTranslation();
  const seconds = useCountdown(problem);
  const hasFields = inputs.length < problem.inputs.length;
  const key = problem.code === "INVALID_INPUT" && !hasFields ? "problem.inputs" : `problems.${problem.code}`;
  // Codes without a text of their own have the service's message, which is in English.
  const words = i18n.exists(key) ? t(key as never, { limit: problem.limit }) : problem.message;
  return (
    <div role="alert" className="note refused">
      <p>{words}</p>
      {inputs.map((one) => (
        <p key={`${one.path.join(".")} ${one.code}`}>{wordsOf(one, i18n)}</p>
      ))}
      {problem.code === "BAD_REQUEST" && problem.message !== words && <p>{problem.message}</p>}
      {problem.retryAfterSeconds !== undefined && (
        <p aria-live="off">{seconds > 0 ? t("problem.wait", { count: seconds }) : t("problem.now")}</p>
      )}
      {problem.requestId && <p className="quiet">{t("problem.request", { id: problem.requestId })}</p>}
    </div>
  );
}

function useCountdown(problem: Problem): number {
  const [left, setLeft] = useState(problem.retryAfterSeconds ?? 0);
  useEffect(() => {
    const end = Date.now() + (problem.retryAfterSeconds ?? 0) * 1000;
    const show = () => setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1000)));
    show();
    const timer = window.setInterval(show, 500);
    return () => window.clearInterval(timer);
  }, [problem]);
  return left;
}
