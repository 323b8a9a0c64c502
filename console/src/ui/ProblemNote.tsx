import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "./problem";

/** A refusal in words, with what to do. Counts down where waiting helps. */
export function ProblemNote({ problem }: { problem: Problem }) {
  const { t, i18n } = useTranslation();
  const seconds = useCountdown(problem);
  const key = `problems.${problem.code}`;
  // Codes without a text of their own have the service's message, which is in English.
  const words = i18n.exists(key) ? t(key as never, { limit: problem.limit }) : problem.message;
  return (
    <div role="alert" className="note refused">
      <p>{words}</p>
      {problem.code === "INVALID_INPUT" && problem.inputs.some(({ path }) => path.includes("webhook")) && <p>{problem.inputs[0]?.message}</p>}
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
