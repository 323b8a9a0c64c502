import { useTranslation } from "react-i18next";
import { duration } from "../../i18n/duration";
import { Outputs } from "./Outputs";
import { Spent } from "./Spent";
import type { Chunk, End } from "./useCall";

/** What a call has brought so far. */
export function Answer({ chunks, end }: { chunks: readonly Chunk[]; end: End | null }) {
  const { t, i18n } = useTranslation();
  return (
    <section className="card" aria-live="polite">
      <h2>{t("model.answer")}</h2>
      {end && <p className="quiet">{duration(end.milliseconds, i18n.language)}</p>}
      {chunks.length > 1 && <p className="quiet">{t("model.chunks", { count: chunks.length })}</p>}
      {chunks.slice(-MOST_CHUNKS).map(({ index, outputs }) => (
        <Outputs key={index} outputs={outputs} />
      ))}
      {end?.spent && <Spent spent={end.spent} />}
    </section>
  );
}

// The newest; more would make the page slow.
const MOST_CHUNKS = 20;
