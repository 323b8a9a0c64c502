import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";

export function AdminPages() {
  const { t } = useTranslation();
  return (
    <nav className="tabs" aria-label={t("admin.title")}>
      <NavLink to="/admin/users">{t("admin.users")}</NavLink>
      <NavLink to="/admin/plans">{t("admin.plans")}</NavLink>
      <NavLink to="/admin/audit-log">{t("admin.log")}</NavLink>
    </nav>
  );
}
