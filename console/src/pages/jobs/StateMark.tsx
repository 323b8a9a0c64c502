import { useTranslation } from "react-i18next";
import type { JobState } from "../../api/generated/graphql";

const LOOKS: Partial<Record<JobState, string>> = { SUCCEEDED: "good", FAILED: "bad", EXPIRED: "bad", CANCELLED: "bad" };

export function StateMark({ state }: { state: JobState }) {
  const { t } = useTranslation();
  return <span className={`mark ${LOOKS[state] ?? ""}`}>{t(`jobs.states.${state}`)}</span>;
}
