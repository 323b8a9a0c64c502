import { useIsFetching } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink, Outlet, ScrollRestoration, useLocation } from "react-router";
import { choose, current } from "../i18n";
import { LANGUAGES, type Language } from "../i18n/languages";
import { useAccount, useSignOut } from "../session/session";
import icon from "./favicon.svg";
import { ROOT, SETTINGS } from "./root";
import { useKeptFocus } from "./useKeptFocus";

const MEMBER_PAGES = [
  { to: "/models", name: "nav.models" },
  { to: "/read-text", name: "nav.readText" },
  { to: "/jobs", name: "nav.jobs" },
  { to: "/tokens", name: "nav.tokens" },
  { to: "/usage", name: "nav.usage" },
  { to: "/account", name: "nav.account" },
] as const;

export function Layout() {
  const { t } = useTranslation();
  useKeptFocus();
  return (
    <>
      <a className="skip" href="#main">
        {t("nav.skip")}
      </a>
      <Header />
      <Offline />
      <main id="main">
        <Outlet />
      </main>
      <Footer />
      <ScrollRestoration />
    </>
  );
}

function Header() {
  const { t } = useTranslation();
  const account = useAccount();
  const { pathname } = useLocation();
  const isFetching = useIsFetching() > 0;
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [pathname]);
  return (
    <header className="top" data-busy={isFetching} data-open={isOpen || !account}>
      <Link className="brand" to="/">
        <img src={icon} alt="" width="24" height="24" />
        Gatehouse
      </Link>
      {account && (
        <button type="button" className="small menu" aria-expanded={isOpen} aria-controls="pages" onClick={() => setOpen(!isOpen)}>
          {t("nav.menu")}
        </button>
      )}
      <nav id="pages" aria-label={t("nav.main")}>
        {account &&
          MEMBER_PAGES.map(({ to, name }) => (
            <NavLink key={to} to={to}>
              {t(name)}
            </NavLink>
          ))}
        {account?.role === "ADMIN" && (
          <NavLink to="/admin/users" className={pathname.startsWith("/admin/") ? "here" : ""}>
            {t("nav.admin")}
          </NavLink>
        )}
      </nav>
      <div className="who">
        {account ? (
          <>
            <span className="email">{account.email}</span>
            <SignOut />
          </>
        ) : (
          account === null && (
            <>
              <NavLink to="/login">{t("nav.login")}</NavLink>
              <Link className="button primary small" to="/register">
                {t("nav.register")}
              </Link>
            </>
          )
        )}
      </div>
    </header>
  );
}

function SignOut() {
  const { t } = useTranslation();
  const signOut = useSignOut();
  const [isFailed, setFailed] = useState(false);
  const leave = async () => {
    try {
      await signOut();
    } catch {
      setFailed(true);
    }
  };
  return (
    <>
      {isFailed && <span role="alert">{t("nav.logoutFailed")}</span>}
      <button type="button" className="small" onClick={leave}>
        {t("nav.logout")}
      </button>
    </>
  );
}

function Footer() {
  const { t } = useTranslation();
  return (
    <footer>
      <label>
        {t("nav.language")}{" "}
        <select value={current()} onChange={(event) => void choose(event.target.value as Language)}>
          {Object.entries(LANGUAGES).map(([language, name]) => (
            <option key={language} value={language} lang={language}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {SETTINGS.hasGraphiql && <a href={new URL("graphql", ROOT).href}>{t("nav.graphiql")}</a>}
    </footer>
  );
}

function Offline() {
  const { t } = useTranslation();
  const isOnline = useSyncExternalStore(onNetworkChange, () => navigator.onLine);
  return (
    <div role="status" className="offline">
      {!isOnline && <p className="note refused">{t("offline")}</p>}
    </div>
  );
}

function onNetworkChange(listener: () => void): () => void {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
}
