import i18next from "i18next";
import { useTranslation } from "react-i18next";
import type { EventFragment } from "../api/generated/graphql";
import { words } from "../i18n/duration";
import { Device } from "./Device";
import { Moment } from "./Moment";

/** Security events, or acts of administrators. */
export function EventList({ events }: { events: readonly EventFragment[] }) {
  const { t, i18n } = useTranslation();
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
                  {fieldName(field)}: {valueOf(field, before, i18n.language)} → {valueOf(field, after, i18n.language)}
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

// Of a plan; of a user they are single words.
function fieldName(field: string): string {
  const key = `plans.${field}`;
  return i18next.exists(key) ? i18next.t(key as never) : field;
}

function valueOf(field: string, value: string | null, language: string): string {
  if (value === null) return "–";
  return field === "maxTokenLifetime" ? words(Number(value), language) : value;
}
