import i18next from "i18next";
import { useTranslation } from "react-i18next";
import type { EventFragment } from "../api/generated/graphql";
import { Device } from "./Device";
import { Moment } from "./Moment";

/** Security events, or acts of administrators. */
export function EventList({ events }: { events: readonly EventFragment[] }) {
  const { t } = useTranslation();
  if (!events.length) return <p>{t("events.none")}</p>;
  return (
    <ul className="plain events">
      {events.map(({ id, at, action, actorKind, actor, subject, detail, ipAddress, userAgent, changes }) => (
        <li key={id}>
          <p>
            <Moment at={at} /> · <strong>{nameOf(action)}</strong>
            {subject && ` · ${subject}`}
            {detail && ` · ${detail}`}
          </p>
          <p className="quiet">
            {actor?.email ?? t(`events.actors.${actorKind}`)}
            {ipAddress && ` · ${ipAddress}`}
            {userAgent && (
              <>
                {" · "}
                <Device userAgent={userAgent} />
              </>
            )}
          </p>
          {changes.length > 0 && (
            <ul>
              {changes.map(({ field, before, after }) => (
                <li key={field}>
                  {field}: {before ?? "–"} → {after ?? "–"}
                </li>
              ))}
            </ul>
          )}
        </li>
      ))}
    </ul>
  );
}

// New actions may be added to the service before they have a text here.
function nameOf(action: string): string {
  const key = `events.actions.${action}`;
  return i18next.exists(key) ? i18next.t(key as never) : action.toLowerCase().replaceAll("_", " ");
}
