import { useState } from "react";
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { useTranslation } from "react-i18next";
import type { UsageInterval } from "../../api/generated/graphql";
import { current } from "../../i18n";

interface ChartProps {
  points: { start: string; value: number }[];
  interval: UsageInterval;
  name: string;
}

/** A bar for each interval. A table beside it has the same numbers for those who cannot see it. */
export default function Chart({ points, interval, name }: ChartProps) {
  const { t } = useTranslation();
  const [isTable, setTable] = useState(false);
  const written = new Intl.DateTimeFormat(current(), {
    timeZone: "UTC",
    month: "short",
    day: "numeric",
    ...(interval === "HOUR" && { hour: "2-digit", minute: "2-digit" }),
  });
  const label = (start: string) => written.format(new Date(start));
  return (
    <>
      <div className="chart" aria-hidden>
        <ResponsiveContainer width="100%" height="100%">
          <BarChart data={points} accessibilityLayer={false} margin={{ top: 8, right: 8, bottom: 0, left: 0 }}>
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis dataKey="start" tickFormatter={label} stroke="var(--quiet)" minTickGap={24} />
            <YAxis allowDecimals={false} stroke="var(--quiet)" width={56} />
            <Tooltip labelFormatter={(start) => label(String(start))} cursor={{ fill: "var(--line)" }} contentStyle={{ background: "var(--card)", borderColor: "var(--line)" }} />
            <Bar dataKey="value" name={name} fill="var(--strong)" isAnimationActive={false} />
          </BarChart>
        </ResponsiveContainer>
      </div>
      <details onToggle={(event) => setTable(event.currentTarget.open)}>
        <summary>{t("usage.table")}</summary>
        {isTable && (
          <div className="scroll tall" tabIndex={0}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t("usage.start")}</th>
                  <th scope="col" className="number">{name}</th>
                </tr>
              </thead>
              <tbody>
                {points.map(({ start, value }) => (
                  <tr key={start}>
                    <th scope="row">{label(start)}</th>
                    <td className="number">{value.toLocaleString()}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </details>
    </>
  );
}
