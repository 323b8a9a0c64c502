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
