// Periods of usage, in UTC, as the service counts.

import type { UsageInterval } from "../../api/generated/graphql";

interface Period {
  from: string;
  /** Not included. */
  to: string;
  interval: UsageInterval;
}

const DAY = 86_400_000;

export const PERIODS = {
  day: () => last(2, "HOUR"),
  week: () => last(7, "HOUR"),
  month: () => last(30, "DAY"),
  year: () => last(365, "DAY"),
} satisfies Record<string, () => Period>;

export type PeriodName = keyof typeof PERIODS;

function last(days: number, interval: UsageInterval): Period {
  const tomorrow = Date.now() + DAY;
  return { from: day(tomorrow - days * DAY), to: day(tomorrow), interval };
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
