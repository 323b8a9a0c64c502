import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { UsageInterval } from "../../api/generated/graphql";
import { current, number } from "../../i18n";
import { scaleTo } from "./scale";

interface Point {
  start: string;
  value: number;
}

interface ChartProps {
  points: readonly Point[];
  interval: UsageInterval;
  name: string;
}

/** A bar for each interval. A table beside it has the same numbers for those who cannot see it. */
export function Chart({ points, interval, name }: ChartProps) {
  const { t } = useTranslation();
  const [isTable, setTable] = useState(false);
  const written = new Intl.DateTimeFormat(current(), { timeZone: "UTC", ...LABELS[interval] });
  const label = (start: string) => written.format(new Date(start));
  return (
    <>
      <Bars points={points} label={label} every={Math.ceil(points.length / (interval === "HOUR" ? 3 : 4))} />
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
                    <td className="number">{number(value)}</td>
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

const DAY = { month: "short", day: "numeric" } as const;
const LABELS = {
  HOUR: { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  DAY,
  MONTH: DAY,
} as const;

interface BarsProps {
  points: readonly Point[];
  label: (start: string) => string;
  /** Of how many bars one has a label below it. A phone has room for three or four. */
  every: number;
}

// All lengths are percentages, so the browser fits the plot to the page without another drawing.
function Bars({ points, label, every }: BarsProps) {
  const ticks = scaleTo(Math.max(...points.map(({ value }) => value)));
  const most = ticks.at(-1)!;
  const width = 100 / points.length;
  return (
    <div className="chart" aria-hidden>
      <div className="scale">
        {ticks.map((tick) => (
          <span key={tick}>{number(tick)}</span>
        ))}
      </div>
      <svg>
        {ticks.map((tick) => (
          <line key={tick} x1="0" x2="100%" y1={`${100 - (100 * tick) / most}%`} y2={`${100 - (100 * tick) / most}%`} />
        ))}
        {points.map(({ start, value }, index) => (
          <g key={start} className="bar">
            <rect className="whole" x={`${index * width}%`} width={`${width}%`} height="100%" />
            <rect x={`${(index + 0.1) * width}%`} width={`${0.8 * width}%`} y={`${100 - (100 * value) / most}%`} height={`${(100 * value) / most}%`} />
            <title>{`${label(start)}: ${number(value)}`}</title>
          </g>
        ))}
        {points.map(
          ({ start }, index) =>
            index % every === 0 && (
              <text key={start} x={`${(index + 0.5) * width}%`} y="100%" dy="1.5em">
                {label(start)}
              </text>
            ),
        )}
      </svg>
    </div>
  );
}
