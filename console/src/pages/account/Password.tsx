import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ChangePasswordDocument } from "../../api/generated/graphql";
import { SETTINGS } from "../../app/root";
import { useSubmit } from "../../app/useSubmit";
import { PasswordField } from "../../ui/fields";
import { SubmitForm } from "../../ui/SubmitForm";

export function Password({ email }: { email: string }) {
  const { t } = useTranslation();
  const [isDone, setDone] = useState(false);
  const change = useSubmit(ChangePasswordDocument, { renews: ["account", "events"] });
  const submit = async ({ currentPassword = "", newPassword = "" }) => {
    setDone((await change.submit({ currentPassword, newPassword })) !== null);
  };
  return (
    <section className="card narrow">
      <h2>{t("account.password")}</h2>
      <details>
        <summary>{t("account.changePassword")}</summary>
        {isDone ? (
          <p role="status">{t("account.passwordDone")}</p>
        ) : (
          <SubmitForm button={t("reset.button")} {...change} onSubmit={submit}>
            {/* For password managers. */}
            <input className="visually-hidden" name="username" autoComplete="username" value={email} readOnly tabIndex={-1} aria-hidden />
            <PasswordField label={t("account.currentPassword")} name="currentPassword" autoComplete="current-password" />
            <PasswordField
              label={t("form.newPassword")}
              hint={t("form.passwordHint", { least: SETTINGS.passwordMinLength })}
              name="newPassword"
              autoComplete="new-password"
              minLength={SETTINGS.passwordMinLength}
              maxLength={256}
            />
          </SubmitForm>
        )}
      </details>
    </section>
  );
}
