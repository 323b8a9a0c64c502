import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask } from "../../api/ask";
import { JobWebhookDocument, ResendWebhookDocument } from "../../api/generated/graphql";
import { useSubmit } from "../../app/useSubmit";
import { Loaded } from "../../ui/Loaded";
import { Moment } from "../../ui/Moment";
import { ProblemNote } from "../../ui/ProblemNote";

/** The webhook of a job that has ended, if it has one. */
export function Deliveries({ id }: { id: string }) {
  const { t } = useTranslation();
  const resend = useSubmit(ResendWebhookDocument, { renews: ["jobWebhook"] });
  const query = useQuery({
    queryKey: ["jobWebhook", id],
    queryFn: async ({ signal }) => (await ask(JobWebhookDocument, { id }, signal)).job,
    refetchInterval: ({ state }) => (state.data?.webhook?.state === "SENDING" ? 3_000 : false),
  });
  return (
    <Loaded query={query}>
      {(job) =>
        job?.webhook && (
          <section className="card">
            <h2>
              {t("webhooks.one")} <span className={`mark ${LOOKS[job.webhook.state] ?? ""}`}>{t(`webhooks.states.${job.webhook.state}`)}</span>
            </h2>
            <p>
              <code>{job.webhook.url}</code>
            </p>
            <ul className="plain">
              {job.webhookDeliveries.map(({ attempt, at, status, error }) => (
                <li key={attempt}>
                  <Moment at={at} /> {status !== null && <code>{status}</code>} {error}
                </li>
              ))}
            </ul>
            {resend.problem && <ProblemNote problem={resend.problem} />}
            <button type="button" className="small" onClick={() => void resend.submit({ jobId: id })}>
              {t("webhooks.resend")}
            </button>
          </section>
        )
      }
    </Loaded>
  );
}

const LOOKS: Record<string, string> = { DELIVERED: "good", FAILED: "bad" };
