import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ask } from "../../api/ask";
import { CaughtMailDocument } from "../../api/generated/graphql";

// The worker sends emails a moment after they were asked for. None comes for an address that is verified already.
const TRIES = 20;

/** The email that a service for trying out, such as `make run`, has caught instead of sending it. */
export function CaughtMail({ email }: { email: string }) {
  const { t } = useTranslation();
  const { data: mail } = useQuery({
    queryKey: ["caughtMail", email],
    queryFn: async ({ signal }) => (await ask(CaughtMailDocument, { email }, signal)).caughtMail,
    refetchInterval: ({ state }) => (state.data || state.dataUpdateCount >= TRIES ? false : 1_000),
  });
  return (
    <section className="card caught" role="status">
      <p className="quiet">{t(mail ? "caught.note" : "caught.waiting")}</p>
      {mail && (
        <>
          <h2>{mail.subject}</h2>
          <pre tabIndex={0} className="wrapped">
            {mail.text}
          </pre>
          <Link className="button primary" to={`/verify-email#code=${mail.code}`} state={{ email }}>
            {t("caught.open")}
          </Link>
        </>
      )}
    </section>
  );
}
