import { useState } from "react";
import { useTranslation } from "react-i18next";
import { SavePlanDocument, type ModelLimitInput, type PlanFragment } from "../../api/generated/graphql";
import { useSubmit } from "../../app/useSubmit";
import { number } from "../../i18n";
import { Field } from "../../ui/fields";
import { ListField, wordsOf } from "../../ui/ListField";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { SubmitForm } from "../../ui/SubmitForm";
import { AdminPages } from "./AdminPages";
import { usePlans } from "./usePlans";

const NUMBERS = ["unitsPerMinute", "unitsPerDay", "concurrentRequests", "maxApiTokens", "weight"] as const;

export function PlansPage() {
  const { t } = useTranslation();
  const [edited, setEdited] = useState<string | null>(null);
  const query = usePlans();
  return (
    <Page title={t("admin.plans")} actions={<button type="button" onClick={() => setEdited("")}>{t("plans.create")}</button>}>
      <AdminPages />
      {edited === "" && <PlanForm onDone={() => setEdited(null)} />}
      <Loaded query={query}>
        {(plans) => plans.map((plan) => (edited === plan.name ? <PlanForm key={plan.id} plan={plan} onDone={() => setEdited(null)} /> : <PlanCard key={plan.id} plan={plan} onEdit={() => setEdited(plan.name)} />))}
      </Loaded>
    </Page>
  );
}

function PlanCard({ plan, onEdit }: { plan: PlanFragment; onEdit: () => void }) {
  const { t } = useTranslation();
  return (
    <section className="card">
      <h2>{plan.name}</h2>
      <dl>
        {NUMBERS.map((name) => (
          <Fact key={name} name={t(`plans.${name}`)} value={number(plan[name])} />
        ))}
        <Fact name={t("plans.maxTokenLifetime")} value={plan.maxTokenLifetime} />
        <Fact name={t("plans.models")} value={plan.models.join(" · ") || "–"} />
        <Fact name={t("plans.modelLimits")} value={plan.modelLimits.map(limitText).join(" · ") || "–"} />
      </dl>
      <button type="button" className="small" onClick={onEdit}>
        {t("plans.edit")}
      </button>
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function PlanForm({ plan, onDone }: { plan?: PlanFragment; onDone: () => void }) {
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
        maxTokenLifetime: typed.maxTokenLifetime ?? "",
        models: wordsOf(typed.models ?? ""),
        modelLimits: wordsOf(typed.modelLimits ?? "").map(limitOf),
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
          <Field key={name} label={t(`plans.${name}`)} name={name} type="number" defaultValue={String(plan?.[name] ?? (name === "weight" ? 1 : ""))} isRequired />
        ))}
        <Field label={t("plans.maxTokenLifetime")} hint={t("plans.lifetimeHint")} name="maxTokenLifetime" defaultValue={plan?.maxTokenLifetime ?? "P365D"} isRequired />
        <ListField label={t("plans.models")} hint={t("plans.modelsHint")} name="models" defaultValue={plan?.models} />
        <ListField label={t("plans.modelLimits")} hint={t("plans.modelLimitsHint")} name="modelLimits" defaultValue={plan?.modelLimits.map(limitText)} />
      </SubmitForm>
      <button type="button" className="small" onClick={onDone}>
        {t("form.cancel")}
      </button>
    </section>
  );
}

/** As the settings have it: `MODEL=MINUTE/DAY`, each number empty for none. */
function limitText({ model, unitsPerMinute, unitsPerDay }: PlanFragment["modelLimits"][number]): string {
  return `${model}=${unitsPerMinute ?? ""}/${unitsPerDay ?? ""}`;
}

// The service refuses what is no number.
function limitOf(text: string): ModelLimitInput {
  const [model = "", numbers = ""] = text.split("=");
  const [minute, day] = numbers.split("/").map((number) => (number ? Number(number) : null));
  return { model, unitsPerMinute: minute, unitsPerDay: day };
}
