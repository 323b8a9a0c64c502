// The pages that the links in emails open. Opening one does nothing, since mail scanners open links: a button does it.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import {
  ConfirmEmailChangeDocument,
  RequestPasswordResetDocument,
  ResendVerificationDocument,
  ResetPasswordDocument,
  VerifyEmailDocument,
} from "../../api/generated/graphql";
import { SETTINGS } from "../../app/root";
import { useSubmit } from "../../app/useSubmit";
import { Field, PasswordField } from "../../ui/fields";
import { Page } from "../../ui/Page";
import { SubmitForm } from "../../ui/SubmitForm";
import { CaughtMail } from "./CaughtMail";
import { useMailCode } from "./useMailCode";

export function VerifyEmailPage() {
  const { t } = useTranslation();
  const code = useMailCode();
  const email = (useLocation().state as { email?: string } | null)?.email;
  const [verified, setVerified] = useState<string | null>(null);
  const verification = useSubmit(VerifyEmailDocument);
  const submit = async (typed: Record<string, string>) => {
    const done = await verification.submit({ code: code || (typed.code ?? "") });
    if (done) setVerified(done.email);
  };
  if (verified) return <Finished title={t("verify.title")} words={t("verify.done", { email: verified })} />;
  const lead = code ? t("verify.lead") : email ? t("verify.sent", { email }) : t("verify.leadWithoutCode");
  return (
    <Page title={t("verify.title")} lead={lead}>
      <div className="card narrow">
        <SubmitForm button={t("verify.button")} {...verification} onSubmit={submit}>
          {!code && <CodeField />}
        </SubmitForm>
      </div>
      {!code && email && SETTINGS.catchesMails && <CaughtMail email={email} />}
      {!code && <Resend email={email} />}
    </Page>
  );
}

export function ConfirmEmailChangePage() {
  const { t } = useTranslation();
  const code = useMailCode();
  const [confirmed, setConfirmed] = useState<string | null>(null);
  const confirmation = useSubmit(ConfirmEmailChangeDocument, { renews: ["session", "account"] });
  const submit = async (typed: Record<string, string>) => {
    const done = await confirmation.submit({ code: code || (typed.code ?? "") });
    if (done) setConfirmed(done.email);
  };
  if (confirmed) return <Finished title={t("confirm.title")} words={t("confirm.done", { email: confirmed })} />;
  return (
    <Page title={t("confirm.title")} lead={t(code ? "confirm.lead" : "confirm.leadWithoutCode")}>
      <div className="card narrow">
        <SubmitForm button={t("confirm.button")} {...confirmation} onSubmit={submit}>
          {!code && <CodeField />}
        </SubmitForm>
      </div>
    </Page>
  );
}

export function ForgotPasswordPage() {
  const { t } = useTranslation();
  const [sentTo, setSentTo] = useState<string | null>(null);
  const request = useSubmit(RequestPasswordResetDocument);
  const submit = async ({ email = "" }) => {
    const done = await request.submit({ email });
    if (done) setSentTo(done.email);
  };
  return (
    <Page title={t("forgot.title")} lead={sentTo ? undefined : t("forgot.lead")}>
      <div className="card narrow">
        {sentTo ? (
          <p role="status">{t("forgot.done", { email: sentTo })}</p>
        ) : (
          <SubmitForm button={t("forgot.button")} {...request} onSubmit={submit}>
            <Field label={t("form.email")} name="email" type="email" autoComplete="username" isRequired />
          </SubmitForm>
        )}
      </div>
    </Page>
  );
}

export function ResetPasswordPage() {
  const { t } = useTranslation();
  const code = useMailCode();
  const [isDone, setDone] = useState(false);
  const reset = useSubmit(ResetPasswordDocument);
  const submit = async (typed: Record<string, string>) => {
    const done = await reset.submit({ code: code || (typed.code ?? ""), newPassword: typed.newPassword ?? "" });
    if (done) setDone(true);
  };
  if (isDone) return <Finished title={t("reset.title")} words={t("reset.done")} />;
  return (
    <Page title={t("reset.title")} lead={t("reset.lead")}>
      <div className="card narrow">
        <SubmitForm button={t("reset.button")} {...reset} onSubmit={submit}>
          {!code && <CodeField />}
          <PasswordField
            label={t("form.newPassword")}
            hint={t("form.passwordHint", { least: SETTINGS.passwordMinLength })}
            name="newPassword"
            autoComplete="new-password"
            minLength={SETTINGS.passwordMinLength}
            maxLength={256}
          />
        </SubmitForm>
        <p className="ways">
          <Link to="/forgot-password">{t("reset.again")}</Link>
        </p>
      </div>
    </Page>
  );
}

function Resend({ email }: { email: string | undefined }) {
  const { t } = useTranslation();
  const [sentTo, setSentTo] = useState<string | null>(null);
  const resend = useSubmit(ResendVerificationDocument);
  const submit = async ({ email: typed = "" }) => {
    const done = await resend.submit({ email: typed });
    if (done) setSentTo(done.email);
  };
  return (
    <section className="card narrow">
      <h2>{t("verify.resendTitle")}</h2>
      {sentTo ? (
        <p role="status">{t("verify.resent", { email: sentTo })}</p>
      ) : (
        <SubmitForm button={t("verify.resend")} {...resend} onSubmit={submit}>
          <Field label={t("form.email")} name="email" type="email" autoComplete="username" defaultValue={email} isRequired />
        </SubmitForm>
      )}
    </section>
  );
}

function CodeField() {
  const { t } = useTranslation();
  return <Field label={t("form.code")} hint={t("form.codeHint")} name="code" autoComplete="one-time-code" isRequired />;
}

function Finished({ title, words }: { title: string; words: string }) {
  const { t } = useTranslation();
  return (
    <Page title={title}>
      <div className="card narrow">
        <p role="status">{words}</p>
        <Link className="button primary" to="/login">
          {t("login.button")}
        </Link>
      </div>
    </Page>
  );
}
