import { useTranslation } from "react-i18next";
import { RevokeOtherSessionsDocument, RevokeSessionDocument, type SessionFragment } from "../../api/generated/graphql";
import { useSubmit } from "../../app/useSubmit";
import { Confirmed } from "../../ui/Confirmed";
import { Device } from "../../ui/Device";
import { Moment } from "../../ui/Moment";
import { ProblemNote } from "../../ui/ProblemNote";

export function Sessions({ sessions }: { sessions: readonly SessionFragment[] }) {
  const { t } = useTranslation();
  const revocation = useSubmit(RevokeSessionDocument, { renews: ["account", "events"] });
  const others = useSubmit(RevokeOtherSessionsDocument, { renews: ["account", "events"] });
  const problem = revocation.problem ?? others.problem;
  return (
    <section className="card across">
      <h2>{t("sessions.title")}</h2>
      {problem && <ProblemNote problem={problem} />}
      <ul className="plain">
        {sessions.map(({ id, createdAt, lastUsedAt, ipAddress, userAgent, current }) => (
          <li key={id}>
            <p>
              <strong>{userAgent ? <Device userAgent={userAgent} /> : t("sessions.unknown")}</strong> {current && <span className="mark good">{t("sessions.this")}</span>}
            </p>
            <p className="quiet">
              {ipAddress && `${ipAddress} · `}
              {t("sessions.began")} <Moment at={createdAt} /> · {t("sessions.used")} <Moment at={lastUsedAt} />
            </p>
            {!current && (
              <Confirmed
                label={t("sessions.end")}
                title={t("sessions.endTitle")}
                words={userAgent ?? ""}
                choices={[{ label: t("sessions.end"), isDangerous: true, act: () => revocation.submit({ id }) }]}
              />
            )}
          </li>
        ))}
      </ul>
      {sessions.length > 1 && (
        <Confirmed
          label={t("sessions.endOthers")}
          title={t("sessions.endOthersTitle")}
          words={t("sessions.endOthersWords")}
          choices={[{ label: t("sessions.endOthers"), isDangerous: true, act: () => others.submit({}) }]}
        />
      )}
    </section>
  );
}
