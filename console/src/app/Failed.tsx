import { useTranslation } from "react-i18next";
import { Link, useRouteError } from "react-router";
import { Page } from "../ui/Page";

export function Failed() {
  const { t } = useTranslation();
  const error = useRouteError();
  console.error(error);
  return (
    <Page title={t("failed.title")}>
      <p>{t("failed.words")}</p>
      <a className="button primary" href={window.location.href}>
        {t("failed.reload")}
      </a>
    </Page>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Page title={t("notFound.title")}>
      <p>{t("notFound.words")}</p>
      <Link className="button primary" to="/">
        {t("notFound.home")}
      </Link>
    </Page>
  );
}
