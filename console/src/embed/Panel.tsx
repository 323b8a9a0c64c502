import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ServiceContext, type Service } from "../api/service";
import { Answer } from "../pages/models/Answer";
import { CallForm } from "../pages/models/CallForm";
import type { Model } from "../pages/models/ModelPage";
import { useCallForm } from "../pages/models/useCallForm";
import { ProblemNote } from "../ui/ProblemNote";
import { TokenForm } from "./TokenForm";
import { useModel } from "./useModel";

interface PanelProps {
  endpoint: URL;
  name: string;
  /** What the page gave. */
  token: string | null;
}

/** One model, with the token of the visitor, or else of the page. */
export function Panel({ endpoint, name, token }: PanelProps) {
  const { t } = useTranslation();
  const [entered, setEntered] = useState<string | null>(null);
  const used = entered ?? token;
  const service = useMemo(() => used && serviceOf(endpoint, used), [endpoint.href, used]);
  if (!service) return <TokenForm host={endpoint.host} problem={null} onToken={setEntered} />;
  return (
    <ServiceContext value={service}>
      <Found key={name} name={name} onToken={setEntered} />
      {entered && (
        <button type="button" className="small" onClick={() => setEntered(null)}>
          {t("embed.other")}
        </button>
      )}
    </ServiceContext>
  );
}

function serviceOf(endpoint: URL, token: string): Service {
  const headers = { "GraphQL-Require-Preflight": "1", Authorization: `Bearer ${token}` } as const;
  return { endpoint, headers, credentials: "omit" };
}

function Found({ name, onToken }: { name: string; onToken: (token: string) => void }) {
  const { t } = useTranslation();
  const [attempt, setAttempt] = useState(0);
  const { service, model, problem } = useModel(name, attempt);
  if (problem?.code === "UNAUTHENTICATED") return <TokenForm host={service.endpoint.host} problem={problem} onToken={onToken} />;
  if (problem) {
    return (
      <>
        <ProblemNote problem={problem} />
        <p>
          <button type="button" onClick={() => setAttempt(attempt + 1)}>{t("form.again")}</button>
        </p>
      </>
    );
  }
  return model ? <Call model={model} /> : <p aria-busy>{t("form.loading")}</p>;
}

function Call({ model }: { model: Model }) {
  const { t } = useTranslation();
  const form = useCallForm(model);
  return (
    <section aria-label={model.name}>
      <h2>{model.name}</h2>
      <p className="lead">{model.description}</p>
      <p className="marks">
        <span>{t("models.cost", { count: model.cost })}</span>
        {!model.ready && <span className="mark bad">{t("models.notReady")}</span>}
      </p>
      {model.uncallableReason ? <p className="note">{model.uncallableReason}</p> : <CallForm model={model} form={form} />}
      {form.call.chunks.length > 0 && <Answer chunks={form.call.chunks} end={form.call.end} />}
    </section>
  );
}
