import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { PlanFragment } from "../../api/generated/graphql";
import { number } from "../../i18n";
import { secondsIn, words } from "../../i18n/duration";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { AdminPages } from "./AdminPages";
import { NUMBERS, PlanForm } from "./PlanForm";
import { usePlans } from "./usePlans";

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
  const { t, i18n } = useTranslation();
  return (
    <section className="card">
      <h2>{plan.name}</h2>
      <dl>
        {NUMBERS.map((name) => (
          <Fact key={name} name={t(`plans.${name}`)} value={number(plan[name])} />
        ))}
        <Fact name={t("plans.maxTokenLifetime")} value={words(secondsIn(plan.maxTokenLifetime), i18n.language)} />
        <Fact name={t("plans.models")} value={plan.models.join(" · ") || "–"} />
        <Fact name={t("plans.modelLimits")} value={plan.modelLimits.length ? <ModelLimits limits={plan.modelLimits} /> : "–"} />
      </dl>
      <button type="button" className="small" onClick={onEdit}>
        {t("plans.edit")}
      </button>
    </section>
  );
}

function Fact({ name, value }: { name: string; value: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function ModelLimits({ limits }: { limits: PlanFragment["modelLimits"] }) {
  const { t } = useTranslation();
  return limits.map(({ model, unitsPerMinute, unitsPerDay }) => {
    const minute = unitsPerMinute !== null && t("plans.limitPerMinute", { count: unitsPerMinute });
    const day = unitsPerDay !== null && t("plans.limitPerDay", { count: unitsPerDay });
    return <div key={model}>{`${model}: ${[minute, day].filter(Boolean).join(", ")}`}</div>;
  });
}
