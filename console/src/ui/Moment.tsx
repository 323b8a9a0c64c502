import { current } from "../i18n";

/** A point in time, in the language of the page and the time zone of the browser. */
export function Moment({ at }: { at: string }) {
  const text = new Intl.DateTimeFormat(current(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
  return <time dateTime={at}>{text}</time>;
}
