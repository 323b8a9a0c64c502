import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useLocation } from "react-router";
import { CompleteLoginDocument, LoginDocument } from "../../api/generated/graphql";
import { useSubmit } from "../../app/useSubmit";
import { useAccount, useSignIn } from "../../session/session";
import { Field, PasswordField } from "../../ui/fields";
import { Page } from "../../ui/Page";
import { SubmitForm } from "../../ui/SubmitForm";

export function LoginPage() {
  const { t } = useTranslation();
  const account = useAccount();
  const next = (useLocation().state as { next?: string } | null)?.next ?? "/models";
  const [challenge, setChallenge] = useState<string | null>(null);
  if (account) return <Navigate to={next} replace />;
  return (
    <Page title={t(challenge ? "login.secondTitle" : "login.title")}>
      <div className="card narrow">
        {challenge ? <SecondFactor challenge={challenge} leave={() => setChallenge(null)} /> : <Password onChallenge={setChallenge} />}
      </div>
    </Page>
  );
}

function Password({ onChallenge }: { onChallenge: (challenge: string) => void }) {
  const { t } = useTranslation();
  const signIn = useSignIn();
  const login = useSubmit(LoginDocument);
  const submit = async ({ email = "", password = "" }) => {
    const done = await login.submit({ email, password });
    if (done?.__typename === "LoggedIn") signIn(done.user);
    if (done?.__typename === "SecondFactorNeeded") onChallenge(done.challenge);
  };
  return (
    <>
      <SubmitForm button={t("login.button")} {...login} onSubmit={submit}>
        <Field label={t("form.email")} name="email" type="email" autoComplete="username" isRequired />
        <PasswordField label={t("form.password")} name="password" autoComplete="current-password" />
      </SubmitForm>
      <p className="ways">
        <Link to="/forgot-password">{t("login.forgot")}</Link>
        <Link to="/register">{t("login.register")}</Link>
      </p>
    </>
  );
}

function SecondFactor({ challenge, leave }: { challenge: string; leave: () => void }) {
  const { t } = useTranslation();
  const signIn = useSignIn();
  const completion = useSubmit(CompleteLoginDocument);
  const submit = async ({ code = "" }) => {
    const done = await completion.submit({ challenge, code });
    if (done) signIn(done.user);
  };
  return (
    <>
      <SubmitForm button={t("login.button")} {...completion} onSubmit={submit}>
        <Field label={t("login.code")} hint={t("login.codeHint")} name="code" autoComplete="one-time-code" autoFocus isRequired />
      </SubmitForm>
      <p className="ways">
        <button type="button" className="link" onClick={leave}>
          {t("login.startAgain")}
        </button>
      </p>
    </>
  );
}
