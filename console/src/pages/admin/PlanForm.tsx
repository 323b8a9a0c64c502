import { useTranslation } from "react-i18next";
import { SavePlanDocument, type PlanFragment } from "../../api/generated/graphql";
import { useSubmit } from "../../app/useSubmit";
import { secondsIn } from "../../i18n/duration";
import { Field } from "../../ui/fields";
import { ListField, wordsOf } from "../../ui/ListField";
import { SubmitForm } from "../../ui/SubmitForm";
import { limitsIn, ModelLimitFields } from "./ModelLimitFields";

export const NUMBERS = ["unitsPerMinute", "unitsPerDay", "concurrentRequests", "maxApiTokens", "weight"] as const;

const DAY = 86_400;
const LIFETIME_DAYS = 365;

/** Makes a plan, or changes the one that it is given. */
export function PlanForm({ plan, onDone }: { plan?: PlanFragment; onDone: () => void }) {
  const { t } = useTranslation();
  const saving = useSubmit(SavePlanDocument, { renews: ["plans", "user"] });
  const submit = async (typed: Record<string, string>) => {
    const number = (name: string) => Number(typed[name]);
    const done = await saving.submit({
      input: {
        name: plan?.name ?? typed.name ?? "",
        unitsPerMinute: number("unitsPerMinute"),
        unitsPerDay: number("unitsPerDay"),
        concurrentRequests: number("concurrentRequests"),
        maxApiTokens: number("maxApiTokens"),
        weight: number("weight"),
        maxTokenLifetime: `PT${Math.round(number("maxTokenLifetime") * DAY)}S`,
        models: wordsOf(typed.models ?? ""),
        modelLimits: limitsIn(typed),
      },
    });
    if (done) onDone();
  };
  return (
    <section className="card narrow">
      <h2>{plan?.name ?? t("plans.create")}</h2>
      <SubmitForm button={t("account.save")} {...saving} onSubmit={submit}>
        {!plan && <Field label={t("plans.name")} name="name" maxLength={80} isRequired autoFocus />}
        {NUMBERS.map((name) => (
          <Field key={name} label={t(`plans.${name}`)} name={name} type="number" defaultValue={String(plan?.[name] ?? (name === "weight" ? 1 : ""))} autoFocus={plan && name === NUMBERS[0]} isRequired />
        ))}
        <Field
          label={t("plans.lifetimeDays")}
          name="maxTokenLifetime"
          type="number"
          step="any"
          defaultValue={String(plan ? secondsIn(plan.maxTokenLifetime) / DAY : LIFETIME_DAYS)}
          isRequired
        />
        <ListField label={t("plans.models")} hint={t("plans.modelsHint")} name="models" defaultValue={plan?.models} />
        <ModelLimitFields limits={plan?.modelLimits ?? []} />
      </SubmitForm>
      <p className="ways">
        <button type="button" onClick={onDone}>
          {t("form.cancel")}
        </button>
      </p>
    </section>
  );
}
