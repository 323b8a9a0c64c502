import { current } from "../i18n";
import type { Language } from "../i18n/languages";

/** A point in time, in the language of the page and the time zone of the browser. */
export function Moment({ at }: { at: string }) {
  return <time dateTime={at}>{formatOf(current()).format(new Date(at))}</time>;
}

// To make one takes a millisecond, and a list has hundreds of moments.
const MADE = new Map<Language, Intl.DateTimeFormat>();

function formatOf(language: Language): Intl.DateTimeFormat {
  const made = MADE.get(language) ?? new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  MADE.set(language, made);
  return made;
}
