import { useTranslation } from "react-i18next";
import { DeleteAccountDocument, ExportAccountDocument } from "../../api/generated/graphql";
import { useSubmit } from "../../app/useSubmit";
import { useLeave } from "../../session/session";
import { PasswordField } from "../../ui/fields";
import { SubmitForm } from "../../ui/SubmitForm";

/** The data of an account, and its end. */
export function Farewell() {
  const { t } = useTranslation();
  const leave = useLeave();
  const exportation = useSubmit(ExportAccountDocument);
  const deletion = useSubmit(DeleteAccountDocument);
  const download = async ({ password = "" }) => {
    const done = await exportation.submit({ password });
    if (done) window.location.assign(done.url);
  };
  const remove = async ({ password = "" }) => {
    if (await deletion.submit({ password })) await leave();
  };
  return (
    <section className="card narrow">
      <h2>{t("farewell.title")}</h2>
      <details>
        <summary>{t("farewell.export")}</summary>
        <p>{t("farewell.exportWords")}</p>
        <SubmitForm button={t("farewell.exportButton")} {...exportation} onSubmit={download}>
          <PasswordField label={t("form.password")} name="password" autoComplete="current-password" />
        </SubmitForm>
      </details>
      <details>
        <summary>{t("farewell.delete")}</summary>
        <p>{t("farewell.deleteWords")}</p>
        <SubmitForm button={t("farewell.deleteButton")} {...deletion} onSubmit={remove} isDangerous>
          <PasswordField label={t("form.password")} name="password" autoComplete="current-password" />
        </SubmitForm>
      </details>
    </section>
  );
}
