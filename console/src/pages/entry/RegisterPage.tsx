import { useTranslation } from "react-i18next";
import { Link, Navigate, useNavigate } from "react-router";
import { RegisterDocument } from "../../api/generated/graphql";
import { SETTINGS } from "../../app/root";
import { useSubmit } from "../../app/useSubmit";
import { current } from "../../i18n";
import { useAccount } from "../../session/session";
import { Field, PasswordField } from "../../ui/fields";
import { Page } from "../../ui/Page";
import { SubmitForm } from "../../ui/SubmitForm";

export function RegisterPage() {
  const { t } = useTranslation();
  const account = useAccount();
  const navigate = useNavigate();
  const register = useSubmit(RegisterDocument);
  if (account) return <Navigate to="/models" replace />;
  const submit = async ({ email = "", password = "" }) => {
    const done = await register.submit({ input: { email, password, locale: current() } });
    if (done) await navigate("/verify-email", { state: { email: done.email } });
  };
  return (
    <Page title={t("register.title")} lead={t("register.lead")}>
      <div className="card narrow">
        <SubmitForm button={t("register.button")} {...register} onSubmit={submit}>
          <Field label={t("form.email")} name="email" type="email" autoComplete="username" isRequired />
          <PasswordField
            label={t("form.password")}
            hint={t("form.passwordHint", { least: SETTINGS.passwordMinLength })}
            name="password"
            autoComplete="new-password"
            minLength={SETTINGS.passwordMinLength}
            maxLength={256}
          />
        </SubmitForm>
        <p className="ways">
          <Link to="/login">{t("register.login")}</Link>
        </p>
      </div>
    </Page>
  );
}
