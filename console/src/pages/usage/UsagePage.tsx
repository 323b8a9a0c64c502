import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ask, own } from "../../api/ask";
import { UsageDocument, type PointFragment, type UsageInterval } from "../../api/generated/graphql";
import { number } from "../../i18n";
import { duration } from "../../i18n/duration";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { Choice } from "../../ui/Choice";
import { ByToken } from "./ByToken";
import { Chart } from "./Chart";
import { Download } from "./Download";
import { Left } from "./Left";
import { PERIODS, type PeriodName } from "./periods";

const MEASURES = ["units", "calls", "failed", "refused"] as const;
export type Measure = (typeof MEASURES)[number];

export function UsagePage() {
  const { t } = useTranslation();
  const [periodName, setPeriod] = useState<PeriodName>("month");
  const [measure, setMeasure] = useState<Measure>("units");
  const period = PERIODS[periodName]();
  return (
    <Page title={t("usage.title")}>
      <Left />
      <section className="card">
        <h2>{t("usage.overTime")}</h2>
        <div className="row">
          <Choice label={t("usage.period")} value={periodName} onChange={setPeriod} choices={Object.keys(PERIODS) as PeriodName[]} nameOf={(name) => t(`usage.periods.${name}`)} />
          <Choice label={t("usage.measure")} value={measure} onChange={setMeasure} choices={MEASURES} nameOf={(name) => t(`usage.measures.${name}`)} />
        </div>
        <OverTime {...period} measure={measure} />
      </section>
      <section className="card">
        <h2>{t("usage.byModel")}</h2>
        <ByModel {...period} />
      </section>
      <section className="card">
        <h2>{t("usage.byToken")}</h2>
        <ByToken {...period} />
      </section>
      <Download />
    </Page>
  );
}

interface PeriodProps {
  from: string;
  to: string;
  interval: UsageInterval;
}

function useUsage(variables: PeriodProps & { byModel: boolean }) {
  return useQuery({
    queryKey: ["usage", variables],
    queryFn: async ({ signal }) => own((await ask(UsageDocument, variables, signal)).me).usage ?? [],
    staleTime: 30_000,
  });
}

function OverTime({ measure, ...period }: PeriodProps & { measure: Measure }) {
  const { t } = useTranslation();
  const query = useUsage({ ...period, byModel: false });
  return (
    <Loaded query={query}>
      {(points) => {
        const values = points.map((point) => ({ start: point.start, value: valueOf(point, measure) }));
        const total = values.reduce((sum, { value }) => sum + value, 0);
        return (
          <>
            <p>{t("usage.total", { total, measure: t(`usage.measures.${measure}`) })}</p>
            <Chart points={values} interval={period.interval} name={t(`usage.measures.${measure}`)} />
          </>
        );
      }}
    </Loaded>
  );
}

function ByModel(period: PeriodProps) {
  const { t, i18n } = useTranslation();
  const query = useUsage({ ...period, interval: "MONTH", byModel: true });
  return (
    <Loaded query={query}>
      {(points) => {
        const rows = [...Map.groupBy(points, ({ model }) => model)].map(([model, its]) => ({
          model,
          calls: sum(its, "calls"),
          failed: sum(its, "failed"),
          units: sum(its, "units"),
          milliseconds: its.reduce((all, { inferenceMs }) => all + inferenceMs, 0),
        }));
        const used = rows.filter(({ units, calls }) => units + calls > 0).sort((a, b) => b.units - a.units);
        if (!used.length) return <p>{t("usage.none")}</p>;
        return (
          <div className="scroll" tabIndex={0}>
            <table className="wide">
              <thead>
                <tr>
                  <th scope="col">{t("usage.model")}</th>
                  <th scope="col" className="number">{t("usage.measures.units")}</th>
                  <th scope="col" className="number">{t("usage.measures.calls")}</th>
                  <th scope="col" className="number">{t("usage.measures.failed")}</th>
                  <th scope="col" className="number">{t("usage.time")}</th>
                </tr>
              </thead>
              <tbody>
                {used.map(({ model, units, calls, failed, milliseconds }) => (
                  <tr key={model}>
                    <th scope="row">{model ?? t("usage.noModel")}</th>
                    <td className="number" data-name={t("usage.measures.units")}>{number(units)}</td>
                    <td className="number" data-name={t("usage.measures.calls")}>{number(calls)}</td>
                    <td className="number" data-name={t("usage.measures.failed")}>{number(failed)}</td>
                    <td className="number" data-name={t("usage.time")}>{duration(milliseconds, i18n.language)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        );
      }}
    </Loaded>
  );
}

function valueOf(point: PointFragment, measure: Measure): number {
  if (measure === "refused") return point.refusals.reduce((all, { count }) => all + count, 0);
  return point[measure];
}

function sum(points: PointFragment[], name: "calls" | "failed" | "units"): number {
  return points.reduce((all, point) => all + point[name], 0);
}
