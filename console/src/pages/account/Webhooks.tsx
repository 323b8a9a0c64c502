import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ask, own } from "../../api/ask";
import { DeleteWebhookSecretDocument, RotateWebhookSecretDocument, WebhookSecretDocument } from "../../api/generated/graphql";
import { useSubmit } from "../../app/useSubmit";
import { Confirmed } from "../../ui/Confirmed";
import { CopyButton } from "../../ui/CopyButton";
import { Loaded } from "../../ui/Loaded";
import { Moment } from "../../ui/Moment";
import { ProblemNote } from "../../ui/ProblemNote";

const RENEWS = { renews: ["webhookSecret", "events"] };

export function useWebhookSecret() {
  return useQuery({
    queryKey: ["webhookSecret"],
    queryFn: async ({ signal }) => own((await ask(WebhookSecretDocument, {}, signal)).me).webhookSecret,
  });
}

/** The secret that signs webhooks. A new one is shown once. */
export function Webhooks() {
  const { t } = useTranslation();
  const [secret, setSecret] = useState<string | null>(null);
  const rotation = useSubmit(RotateWebhookSecretDocument, RENEWS);
  const deletion = useSubmit(DeleteWebhookSecretDocument, RENEWS);
  const query = useWebhookSecret();
  const problem = rotation.problem ?? deletion.problem;
  const rotate = async (keepOldFor: string) => setSecret((await rotation.submit({ keepOldFor }))?.secret ?? null);
  const remove = async () => {
    if (await deletion.submit({})) setSecret(null);
  };
  return (
    <section className="card narrow">
      <h2>{t("webhooks.title")}</h2>
      <p>{t("webhooks.lead")}</p>
      {problem && <ProblemNote problem={problem} />}
      {secret && (
        <div role="status">
          <p>{t("webhooks.once")}</p>
          <code className="token-text">{secret}</code>
          <p>
            <CopyButton text={secret} />
          </p>
        </div>
      )}
      <Loaded query={query}>
        {(kept) =>
          kept ? (
            <>
              <p className="quiet">
                {t("webhooks.since")} <Moment at={kept.createdAt} />
                {kept.previousEndsAt && (
                  <>
                    {" · "}
                    {t("webhooks.previous")} <Moment at={kept.previousEndsAt} />
                  </>
                )}
              </p>
              <div className="row">
                <Confirmed
                  label={t("webhooks.rotate")}
                  title={t("webhooks.rotateTitle")}
                  words={t("webhooks.rotateWords")}
                  choices={[
                    { label: t("tokens.rotateKeep"), act: () => rotate("P1D") },
                    { label: t("tokens.rotateNow"), isDangerous: true, act: () => rotate("PT0S") },
                  ]}
                />
                <Confirmed
                  label={t("tokens.delete")}
                  title={t("webhooks.deleteTitle")}
                  words={t("webhooks.deleteWords")}
                  choices={[{ label: t("tokens.delete"), isDangerous: true, act: remove }]}
                />
              </div>
            </>
          ) : (
            <button type="button" onClick={() => void rotate("PT0S")}>
              {t("webhooks.make")}
            </button>
          )
        }
      </Loaded>
    </section>
  );
}
