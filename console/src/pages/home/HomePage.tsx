import { useTranslation } from "react-i18next";
import { Link, Navigate } from "react-router";
import { useAccount, useIsLeaving } from "../../session/session";
import { Page } from "../../ui/Page";

export function HomePage() {
  const { t } = useTranslation();
  const account = useAccount();
  const isLeaving = useIsLeaving();
  if (account && !isLeaving) return <Navigate to="/models" replace />;
  return (
    <Page title={t("home.title")} lead={t("home.lead")}>
      <p className="ways">
        <Link className="button primary" to="/register">
          {t("nav.register")}
        </Link>
        <Link className="button" to="/login">
          {t("nav.login")}
        </Link>
      </p>
      <ol className="steps">
        {(["register", "try", "token"] as const).map((step) => (
          <li key={step} className="card">
            <h2>{t(`home.steps.${step}.title`)}</h2>
            <p>{t(`home.steps.${step}.words`)}</p>
          </li>
        ))}
      </ol>
    </Page>
  );
}
