/** In the unit that leaves a number of few digits, in the language of the page. */
export function duration(milliseconds: number, language: string): string {
  const [unit, size] = UNITS.find(([, , least]) => milliseconds >= least) ?? UNITS[3];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumSignificantDigits: 3 }).format(milliseconds / size);
}

// Each with its milliseconds, and from how many on it is used.
const UNITS = [
  ["hour", 3_600_000, 7_200_000],
  ["minute", 60_000, 120_000],
  ["second", 1_000, 999.5],
  ["millisecond", 1, 0],
] as const;

/** Seconds in the largest unit of which they are a whole number: 365 days. */
export function words(seconds: number, language: string): string {
  const [unit, size] = WHOLE.find(([, length]) => seconds % length === 0) ?? ["second", 1];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(seconds / size);
}

const WHOLE = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** Of a duration in ISO 8601 as the service writes it, such as `P7DT12H`. */
export function secondsIn(written: string): number {
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(written) ?? [];
  return Number(days) * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}
