import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask } from "../../api/ask";
import { ExportUsageDocument } from "../../api/generated/graphql";
import { problemOfError } from "../../api/refusals";
import { Field } from "../../ui/fields";
import { SubmitForm } from "../../ui/SubmitForm";

export function Download() {
  const { t } = useTranslation();
  const download = useMutation({
    mutationFn: async (month: string) => {
      const { exportUsage } = await ask(ExportUsageDocument, { month });
      window.location.assign(exportUsage!.url);
    },
  });
  return (
    <section className="card narrow">
      <h2>{t("usage.csv")}</h2>
      <SubmitForm
        button={t("usage.download")}
        isRunning={download.isPending}
        problem={download.error && problemOfError(download.error)}
        onSubmit={({ month = "" }) => download.mutate(month)}
      >
        <Field label={t("usage.month")} name="month" type="month" defaultValue={new Date().toISOString().slice(0, 7)} isRequired />
      </SubmitForm>
    </section>
  );
}
