import { useTranslation } from "react-i18next";
import { Link, Outlet } from "react-router";
import { useAccount } from "../session/session";
import { Page } from "../ui/Page";

/** The pages for administrators. The service refuses others, and those without two-factor login; here they read what to do. */
export function Administrators() {
  const { t } = useTranslation();
  const account = useAccount();
  if (account?.role === "ADMIN" && account.twoFactor) return <Outlet />;
  return (
    <Page title={t("admin.title")}>
      {account?.role === "ADMIN" ? (
        <div className="note">
          <p>{t("admin.needsTwoFactor")}</p>
          <Link className="button primary" to="/account#two-factor">
            {t("admin.toTwoFactor")}
          </Link>
        </div>
      ) : (
        <p className="note">{t("admin.notYours")}</p>
      )}
    </Page>
  );
}
