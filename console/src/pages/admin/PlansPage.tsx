import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { ask } from "../../api/ask";
import { PlansDocument, SavePlanDocument, type PlanFragment } from "../../api/generated/graphql";
import { useSubmit } from "../../app/useSubmit";
import { Field } from "../../ui/fields";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { SubmitForm } from "../../ui/SubmitForm";
import { AdminPages } from "./AdminPages";

const NUMBERS = ["unitsPerMinute", "unitsPerDay", "concurrentRequests", "maxApiTokens"] as const;

export function PlansPage() {
  const { t } = useTranslation();
  const [edited, setEdited] = useState<string | null>(null);
  const query = useQuery({ queryKey: ["plans"], queryFn: async ({ signal }) => (await ask(PlansDocument, {}, signal)).plans ?? [] });
  return (
    <Page title={t("admin.plans")} actions={<Button onPress={() => setEdited("")}>{t("plans.create")}</Button>}>
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
          <Fact key={name} name={t(`plans.${name}`)} value={plan[name].toLocaleString()} />
        ))}
        <Fact name={t("plans.maxTokenLifetime")} value={plan.maxTokenLifetime} />
        <Fact name={t("plans.models")} value={plan.models.join(", ") || "–"} />
        <Fact name={t("plans.modelLimits")} value={plan.modelLimits.map(limitText).join(", ") || "–"} />
      </dl>
      <Button className="small" onPress={onEdit}>
        {t("plans.edit")}
      </Button>
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
        maxTokenLifetime: typed.maxTokenLifetime ?? "",
        models: (typed.models ?? "").split(/[\s,]+/).filter(Boolean),
        modelLimits: plan?.modelLimits.map(({ model, unitsPerMinute, unitsPerDay }) => ({ model, unitsPerMinute, unitsPerDay })) ?? [],
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
          <Field key={name} label={t(`plans.${name}`)} name={name} type="number" defaultValue={String(plan?.[name] ?? "")} isRequired />
        ))}
        <Field label={t("plans.maxTokenLifetime")} hint={t("plans.lifetimeHint")} name="maxTokenLifetime" defaultValue={plan?.maxTokenLifetime ?? "P365D"} isRequired />
        <Field label={t("plans.models")} hint={t("plans.modelsHint")} name="models" defaultValue={plan?.models.join(", ") ?? ""} />
      </SubmitForm>
      <Button className="small" onPress={onDone}>
        {t("form.cancel")}
      </Button>
    </section>
  );
}

function limitText({ model, unitsPerMinute, unitsPerDay }: PlanFragment["modelLimits"][number]): string {
  return `${model}: ${unitsPerMinute ?? "–"}/min, ${unitsPerDay ?? "–"}/d`;
}
