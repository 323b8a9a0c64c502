import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { SERVICE } from "../../api/ask";
import { isPassing, Refused } from "../../api/refused";
import { CancelJobDocument, JobChangesDocument, JobResultDocument, type JobChangesSubscription, type JobState } from "../../api/generated/graphql";
import { problemOfError } from "../../api/refusals";
import { send } from "../../api/send";
import { events } from "../../api/stream";
import { useSubmit } from "../../app/useSubmit";
import { Confirmed } from "../../ui/Confirmed";
import { Loaded } from "../../ui/Loaded";
import { Moment } from "../../ui/Moment";
import { Page } from "../../ui/Page";
import { ProblemNote } from "../../ui/ProblemNote";
import type { Problem } from "../../ui/problem";
import { Outputs } from "../models/Outputs";
import { isNoText } from "../models/output";
import { Deliveries } from "./Deliveries";
import { StateMark } from "./StateMark";

type Job = NonNullable<JobChangesSubscription["job"]>;

const WAITING: readonly JobState[] = ["QUEUED", "RUNNING"];

export function JobPage() {
  const { t } = useTranslation();
  const id = useParams().id ?? "";
  const { job, problem } = useJob(id);
  const cancellation = useSubmit(CancelJobDocument, { renews: ["jobs"] });
  const refusal = problem ?? cancellation.problem;
  return (
    <Page title={job ? t("jobs.of", { model: job.model }) : t("jobs.one")}>
      {refusal && <ProblemNote problem={refusal} />}
      {job === null && <p>{t("problems.NOT_FOUND")}</p>}
      {job && (
        <>
          <section className="card" aria-live="polite">
            <p className="row">
              <StateMark state={job.state} />
              {job.position !== null && <span>{t("jobs.position", { position: job.position })}</span>}
              {job.state === "RUNNING" && <progress aria-label={t("jobs.states.RUNNING")} />}
            </p>
            {job.error && (
              <p className="bad">
                <code>{job.error.code}</code> {job.error.message}
              </p>
            )}
            <dl>
              <dt>{t("jobs.made")}</dt>
              <dd>
                <Moment at={job.createdAt} />
              </dd>
              {job.startedAt && (
                <>
                  <dt>{t("jobs.started")}</dt>
                  <dd>
                    <Moment at={job.startedAt} />
                  </dd>
                </>
              )}
              {job.endedAt && (
                <>
                  <dt>{t("jobs.ended")}</dt>
                  <dd>
                    <Moment at={job.endedAt} />
                  </dd>
                </>
              )}
              <dt>{t("usage.measures.units")}</dt>
              <dd>{job.units}</dd>
            </dl>
            {WAITING.includes(job.state) && (
              <Confirmed
                label={t("jobs.cancel")}
                title={t("jobs.cancelTitle")}
                words={t("jobs.cancelWords")}
                choices={[{ label: t("jobs.cancel"), isDangerous: true, act: () => cancellation.submit({ id }) }]}
              />
            )}
          </section>
          {job.state === "SUCCEEDED" && <Result id={id} />}
          {!WAITING.includes(job.state) && <Deliveries id={id} />}
        </>
      )}
    </Page>
  );
}

function Result({ id }: { id: string }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ["jobResult", id],
    queryFn: ({ signal }) => resultOf(id, signal),
  });
  return (
    <section className="card">
      <h2>{t("model.answer")}</h2>
      <Loaded query={query}>{(result) => result && <Outputs outputs={result.outputs} />}</Loaded>
    </section>
  );
}

async function resultOf(id: string, signal: AbortSignal) {
  const read = async (withBytes: boolean) => (await send(SERVICE, JobResultDocument, { id, withBytes }, { signal, isHarmless: isNoText })).job?.result ?? null;
  const result = await read(false);
  return result?.outputs.some(({ values }) => values === null) ? read(true) : result;
}

/** The job as it changes. Undefined until the first event; null if there is no such job. */
function useJob(id: string): { job: Job | null | undefined; problem: Problem | null } {
  const [job, setJob] = useState<Job | null>();
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    follow(id, leaving.signal, (changed) => {
      setJob(changed);
      setProblem(null);
    }, setProblem).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error;
      setProblem(problemOfError(error));
    });
    return () => leaving.abort();
  }, [id]);
  return { job, problem };
}

// In seconds.
const PAUSE = 2;

/** Until the job has ended. A stream that ends or breaks before is begun again. Throws `Refused`. */
async function follow(id: string, signal: AbortSignal, onChange: (job: Job | null) => void, onBreak: (problem: Problem) => void): Promise<void> {
  let isEnded = false;
  while (!isEnded && !signal.aborted) {
    let pause = PAUSE;
    try {
      for await (const { job } of events(SERVICE, JobChangesDocument, { id }, { signal })) {
        isEnded = !job || !WAITING.includes(job.state);
        onChange(job);
      }
    } catch (error) {
      const problem = problemOfError(error);
      if (!isPassing(error) && problem.retryAfterSeconds === undefined) throw error;
      onBreak(problem);
      pause = problem.retryAfterSeconds ?? PAUSE;
    }
    if (!isEnded) await new Promise((resolve) => window.setTimeout(resolve, pause * 1_000));
  }
}
