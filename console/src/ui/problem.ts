import type { i18n } from "i18next";
import type { Code } from "../api/refused";

export interface InputProblem {
  path: readonly string[];
  code: string;
  /** In English. */
  message: string;
}

/** A refusal, ready to be shown. */
export interface Problem {
  code: Code;
  /** In English. */
  message: string;
  retryAfterSeconds?: number;
  requestId?: string;
  inputs: readonly InputProblem[];
  limit?: number;
}

/** The field of a form that it is about: the one with the whole path as its name, such as `modelLimits.0.unitsPerDay`, or else
 * with the last part of it that is no number. */
export function fieldOf({ path }: InputProblem, form: HTMLFormElement): string | null {
  const whole = path.filter((part, index) => index > 0 || part !== "input").join(".");
  const last = path.findLast((part) => !/^\d+$/.test(part)) ?? "";
  return [whole, last].find((name) => form.elements.namedItem(name)) ?? null;
}

/** The service writes its messages in English. Other languages have a text for each code. */
export function wordsOf({ code, message }: InputProblem, i18n: i18n): string {
  const key = `inputProblems.${code}`;
  return i18n.exists(key) ? i18n.t(key as never) : message;
}
