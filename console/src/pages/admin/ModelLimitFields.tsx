import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ModelLimitInput, PlanFragment } from "../../api/generated/graphql";
import { Field } from "../../ui/fields";

interface Row {
  model: string;
  unitsPerMinute: string;
  unitsPerDay: string;
}

const EMPTY: Row = { model: "", unitsPerMinute: "", unitsPerDay: "" };

/** A row of fields for each model that has limits of its own. Their names are those of the input, so that problems are shown at them. */
export function ModelLimitFields({ limits }: { limits: PlanFragment["modelLimits"] }) {
  const { t } = useTranslation();
  const [rows, setRows] = useState<readonly Row[]>(() => limits.map(rowOf));
  const change = (index: number, after: Partial<Row>) => setRows(rows.map((row, at) => (at === index ? { ...row, ...after } : row)));
  return (
    <fieldset className="choices">
      <legend>{t("plans.modelLimits")}</legend>
      {rows.map((row, index) => (
        <div key={index} className="limit" role="group" aria-label={row.model || `${t("plans.limitOf")} ${index + 1}`}>
          <Field label={t("plans.limitOf")} name={`modelLimits.${index}.model`} value={row.model} onChange={(model) => change(index, { model })} autoComplete="off" isRequired />
          {UNITS.map((name) => (
            <Field
              key={name}
              label={t(`plans.${name}`)}
              name={`modelLimits.${index}.${name}`}
              type="number"
              value={row[name]}
              onChange={(units) => change(index, { [name]: units })}
              // One of the two may be empty.
              isRequired={!row.unitsPerMinute && !row.unitsPerDay}
            />
          ))}
          <button type="button" className="small" onClick={() => setRows(rows.filter((_, at) => at !== index))}>
            {t("form.remove", { name: row.model || `${t("plans.limitOf")} ${index + 1}` })}
          </button>
        </div>
      ))}
      <button type="button" className="small" onClick={() => setRows([...rows, EMPTY])}>
        {t("plans.addLimit")}
      </button>
    </fieldset>
  );
}

const UNITS = ["unitsPerMinute", "unitsPerDay"] as const;

function rowOf({ model, unitsPerMinute, unitsPerDay }: PlanFragment["modelLimits"][number]): Row {
  return { model, unitsPerMinute: String(unitsPerMinute ?? ""), unitsPerDay: String(unitsPerDay ?? "") };
}

/** What the fields hold, by their names. */
export function limitsIn(typed: Record<string, string>): ModelLimitInput[] {
  const count = Object.keys(typed).filter((name) => /^modelLimits\.\d+\.model$/.test(name)).length;
  const number = (text: string | undefined) => (text ? Number(text) : null);
  return Array.from({ length: count }, (_, index) => ({
    model: typed[`modelLimits.${index}.model`]?.trim() ?? "",
    unitsPerMinute: number(typed[`modelLimits.${index}.unitsPerMinute`]),
    unitsPerDay: number(typed[`modelLimits.${index}.unitsPerDay`]),
  }));
}
