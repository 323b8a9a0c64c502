import { createBrowserRouter, Outlet } from "react-router";
import { HomePage } from "../pages/home/HomePage";
import { Administrators } from "./Administrators";
import { Failed, NotFound } from "./Failed";
import { Layout } from "./Layout";
import { Members } from "./Members";
import { ROOT } from "./root";

// The server answers these addresses with the page (graph/console/routes.py has the same list).
export const router = createBrowserRouter(
  [
    {
      element: <Layout />,
      errorElement: <Failed />,
      hydrateFallbackElement: <p className="quiet" aria-busy />,
      children: [
        {
          errorElement: <Failed />,
          element: <Outlet />,
          children: [
            { index: true, element: <HomePage /> },
            { path: "register", lazy: () => import("../pages/entry/RegisterPage").then(component("RegisterPage")) },
            { path: "login", lazy: () => import("../pages/entry/LoginPage").then(component("LoginPage")) },
            { path: "verify-email", lazy: () => import("../pages/entry/MailPages").then(component("VerifyEmailPage")) },
            { path: "forgot-password", lazy: () => import("../pages/entry/MailPages").then(component("ForgotPasswordPage")) },
            { path: "reset-password", lazy: () => import("../pages/entry/MailPages").then(component("ResetPasswordPage")) },
            { path: "confirm-email-change", lazy: () => import("../pages/entry/MailPages").then(component("ConfirmEmailChangePage")) },
            {
              element: <Members />,
              children: [
                { path: "models", lazy: () => import("../pages/models/ModelsPage").then(component("ModelsPage")) },
                { path: "models/:name", lazy: () => import("../pages/models/ModelPage").then(component("ModelPage")) },
                { path: "read-text", lazy: () => import("../pages/models/ReadTextPage").then(component("ReadTextPage")) },
                { path: "usage", lazy: () => import("../pages/usage/UsagePage").then(component("UsagePage")) },
                { path: "account", lazy: () => import("../pages/account/AccountPage").then(component("AccountPage")) },
                {
                  element: <Administrators />,
                  children: [
                    { path: "admin/users", lazy: () => import("../pages/admin/UsersPage").then(component("UsersPage")) },
                    { path: "admin/users/:id", lazy: () => import("../pages/admin/UserPage").then(component("UserPage")) },
                    { path: "admin/plans", lazy: () => import("../pages/admin/PlansPage").then(component("PlansPage")) },
                    { path: "admin/audit-log", lazy: () => import("../pages/admin/AuditLogPage").then(component("AuditLogPage")) },
                  ],
                },
                { path: "jobs", lazy: () => import("../pages/jobs/JobsPage").then(component("JobsPage")) },
                { path: "jobs/:id", lazy: () => import("../pages/jobs/JobPage").then(component("JobPage")) },
                { path: "tokens", lazy: () => import("../pages/tokens/TokensPage").then(component("TokensPage")) },
              ],
            },
            { path: "*", element: <NotFound /> },
          ],
        },
      ],
    },
  ],
  { basename: ROOT.pathname },
);

function component<Name extends string>(name: Name) {
  return (module: Record<Name, React.ComponentType>) => ({ Component: module[name] });
}
