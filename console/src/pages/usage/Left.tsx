import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, own } from "../../api/ask";
import { LeftDocument } from "../../api/generated/graphql";
import { Loaded } from "../../ui/Loaded";
import { Moment } from "../../ui/Moment";

/** What may be spent now. Read again each five seconds, which costs nothing. */
export function Left() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ["left"],
    queryFn: async ({ signal }) => {
      const limits = own((await ask(LeftDocument, {}, signal)).rateLimit);
      // Nothing limits this operation of a visitor: then the session has ended.
      return own(limits.windows.length ? limits : null);
    },
    refetchInterval: 5_000,
  });
  return (
    <section className="card">
      <h2>{t("usage.left")}</h2>
      <Loaded query={query}>
        {({ windows, concurrency }) => (
          <ul className="left">
            {windows.map(({ name, model, limit, remaining, used, resetAt }) => (
              <li key={name}>
                <span id={`left-${name}`}>{t(`usage.windows.${name.split(":")[0]}` as never, { model, defaultValue: name })}</span>
                <meter min={0} max={limit} value={remaining} aria-labelledby={`left-${name}`} />
                <span className="number">{t("usage.remaining", { remaining, limit })}</span>
                {used > 0 && (
                  <span className="quiet">
                    {t("usage.reset")} <Moment at={resetAt} />
                  </span>
                )}
              </li>
            ))}
            {concurrency && <li>{t("usage.running", { used: concurrency.used, limit: concurrency.limit })}</li>}
          </ul>
        )}
      </Loaded>
    </section>
  );
}
