import { useState } from "react";
import { useTranslation } from "react-i18next";
import { RequestEmailChangeDocument } from "../../api/generated/graphql";
import { useSubmit } from "../../app/useSubmit";
import { Field, PasswordField } from "../../ui/fields";
import { SubmitForm } from "../../ui/SubmitForm";

export function Address({ email }: { email: string }) {
  const { t } = useTranslation();
  const [sentTo, setSentTo] = useState<string | null>(null);
  const request = useSubmit(RequestEmailChangeDocument);
  const submit = async ({ newEmail = "", password = "" }) => {
    const done = await request.submit({ newEmail, password });
    if (done) setSentTo(done.email);
  };
  return (
    <section className="card narrow">
      <h2>{t("account.address")}</h2>
      <p>{email}</p>
      <details>
        <summary>{t("account.changeAddress")}</summary>
        {sentTo ? (
          <p role="status">{t("account.addressSent", { email: sentTo })}</p>
        ) : (
          <SubmitForm button={t("account.sendCode")} {...request} onSubmit={submit}>
            <Field label={t("account.newAddress")} name="newEmail" type="email" autoComplete="email" isRequired />
            <PasswordField label={t("form.password")} name="password" autoComplete="current-password" />
          </SubmitForm>
        )}
      </details>
    </section>
  );
}
