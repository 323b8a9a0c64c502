import { useState } from "react";
import { useTranslation } from "react-i18next";
import { UpdateProfileDocument } from "../../api/generated/graphql";
import { useSubmit } from "../../app/useSubmit";
import { LANGUAGES } from "../../i18n/languages";
import { Choice } from "../../ui/Choice";
import { Field } from "../../ui/fields";
import { SubmitForm } from "../../ui/SubmitForm";
import type { Me } from "./AccountPage";

export function Profile({ me }: { me: Me }) {
  const { t } = useTranslation();
  const [locale, setLocale] = useState(me.locale);
  const [isSaved, setSaved] = useState(false);
  const update = useSubmit(UpdateProfileDocument, { renews: ["account", "session"] });
  const submit = async ({ displayName = "" }) => {
    setSaved(false);
    setSaved((await update.submit({ input: { displayName: displayName || null, locale } })) !== null);
  };
  const languages = [...new Set([...Object.keys(LANGUAGES), me.locale])];
  return (
    <section className="card narrow">
      <h2>{t("account.profile")}</h2>
      <SubmitForm button={t("account.save")} {...update} onSubmit={submit}>
        <Field label={t("account.displayName")} name="displayName" defaultValue={me.displayName ?? ""} maxLength={80} autoComplete="nickname" />
        <Choice
          label={t("account.locale")}
          value={locale}
          onChange={setLocale}
          choices={languages}
          nameOf={(language) => LANGUAGES[language as keyof typeof LANGUAGES] ?? language}
        />
      </SubmitForm>
      <p role="status">{isSaved && t("account.saved")}</p>
    </section>
  );
}
