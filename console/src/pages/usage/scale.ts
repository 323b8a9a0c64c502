/** Round numbers from 0 to at least `most`, evenly spaced, for the axis of a plot of whole numbers. */
export function scaleTo(most: number): number[] {
  const least = Math.max(most, 1) / STEPS;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = Math.max(1, Math.ceil([1, 2, 5, 10].map((digit) => digit * power).find((size) => size >= least)!));
  return Array.from({ length: Math.ceil(Math.max(most, 1) / step) + 1 }, (_, index) => index * step);
}

const STEPS = 4;
