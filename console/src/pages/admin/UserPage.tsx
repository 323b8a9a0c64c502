import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { ask } from "../../api/ask";
import {
  ReinstateUserDocument,
  RevokeUserApiTokenDocument,
  SetUserPlanDocument,
  SetUserRoleDocument,
  SuspendUserDocument,
  UserDetailsDocument,
  type ManagedFragment,
  type TokenFragment,
} from "../../api/generated/graphql";
import { useSubmit } from "../../app/useSubmit";
import { number } from "../../i18n";
import { Confirmed } from "../../ui/Confirmed";
import { EventList } from "../../ui/EventList";
import { Field } from "../../ui/fields";
import { Loaded } from "../../ui/Loaded";
import { Moment } from "../../ui/Moment";
import { Page } from "../../ui/Page";
import { ProblemNote } from "../../ui/ProblemNote";
import { SubmitForm } from "../../ui/SubmitForm";
import { PERIODS } from "../usage/periods";
import { AdminPages } from "./AdminPages";
import { usePlans } from "./usePlans";
import { stateOf } from "./UsersPage";

const RENEWS = { renews: ["user", "users"] };

export function UserPage() {
  const { t } = useTranslation();
  const id = useParams().id ?? "";
  const { from, to } = PERIODS.month();
  const query = useQuery({
    queryKey: ["user", id],
    queryFn: ({ signal }) => ask(UserDetailsDocument, { id, from, to }, signal),
  });
  return (
    <Page title={query.data?.user?.email ?? t("admin.user")}>
      <AdminPages />
      <Loaded query={query}>
        {({ user, auditEvents }) =>
          user ? (
            <>
              <Facts user={user} />
              <Access user={user} />
              <PlanOf user={user} />
              <Tokens tokens={user.apiTokens?.nodes ?? []} />
              <section className="card">
                <h2>{t("admin.log")}</h2>
                <EventList events={auditEvents?.nodes ?? []} />
              </section>
            </>
          ) : (
            <p>{t("problems.NOT_FOUND")}</p>
          )
        }
      </Loaded>
    </Page>
  );
}

function Facts({ user }: { user: ManagedFragment & { usage: readonly { calls: number; units: number }[] | null } }) {
  const { t } = useTranslation();
  const units = (user.usage ?? []).reduce((all, point) => all + point.units, 0);
  return (
    <section className="card">
      <dl>
        <dt>{t("account.displayName")}</dt>
        <dd>{user.displayName ?? "–"}</dd>
        <dt>{t("admin.state")}</dt>
        <dd>
          {t(`admin.states.${stateOf(user)}`)}
          {user.suspendedAt && (
            <>
              {" · "}
              <Moment at={user.suspendedAt} />
            </>
          )}
        </dd>
        <dt>{t("admin.since")}</dt>
        <dd>
          <Moment at={user.createdAt} />
        </dd>
        <dt>{t("admin.units")}</dt>
        <dd>{number(units)}</dd>
      </dl>
    </section>
  );
}

function Access({ user }: { user: ManagedFragment }) {
  const { t } = useTranslation();
  const suspension = useSubmit(SuspendUserDocument, RENEWS);
  const reinstatement = useSubmit(ReinstateUserDocument, RENEWS);
  const role = useSubmit(SetUserRoleDocument, RENEWS);
  const other = user.role === "ADMIN" ? "USER" : "ADMIN";
  const problem = reinstatement.problem ?? role.problem;
  return (
    <section className="card narrow">
      <h2>{t("admin.access")}</h2>
      {problem && <ProblemNote problem={problem} />}
      {user.suspendedAt ? (
        <Confirmed
          label={t("admin.reinstate")}
          title={t("admin.reinstateTitle", { email: user.email })}
          words={t("admin.reinstateWords")}
          choices={[{ label: t("admin.reinstate"), act: () => reinstatement.submit({ id: user.id }) }]}
        />
      ) : (
        <details>
          <summary>{t("admin.suspend")}</summary>
          <p>{t("admin.suspendWords")}</p>
          <SubmitForm button={t("admin.suspend")} {...suspension} onSubmit={({ reason = "" }) => void suspension.submit({ id: user.id, reason })} isDangerous>
            <Field label={t("admin.reason")} name="reason" maxLength={1000} isRequired />
          </SubmitForm>
        </details>
      )}
      <div className="row">
        <span>{t(`admin.roles.${user.role}`)}</span>
        <Confirmed
          label={t(`admin.makeRole.${other}`)}
          title={t(`admin.makeRole.${other}`)}
          words={user.email}
          choices={[{ label: t(`admin.makeRole.${other}`), isDangerous: true, act: () => role.submit({ id: user.id, role: other }) }]}
        />
      </div>
    </section>
  );
}

function PlanOf({ user }: { user: ManagedFragment }) {
  const { t } = useTranslation();
  const plans = usePlans();
  const change = useSubmit(SetUserPlanDocument, RENEWS);
  return (
    <section className="card narrow">
      <h2>{t("admin.plan")}</h2>
      <Loaded query={plans}>
        {(all) => (
          <SubmitForm button={t("account.save")} {...change} onSubmit={({ plan = "" }) => void change.submit({ id: user.id, plan })}>
            <label className="choice">
              {t("admin.plan")}
              <select name="plan" key={user.plan.name} defaultValue={user.plan.name}>
                {all.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </label>
          </SubmitForm>
        )}
      </Loaded>
    </section>
  );
}

function Tokens({ tokens }: { tokens: readonly TokenFragment[] }) {
  const { t } = useTranslation();
  const revocation = useSubmit(RevokeUserApiTokenDocument, RENEWS);
  return (
    <section className="card">
      <h2>{t("tokens.title")}</h2>
      {revocation.problem && <ProblemNote problem={revocation.problem} />}
      {!tokens.length && <p>{t("events.none")}</p>}
      <ul className="plain">
        {tokens.map((token) => (
          <li key={token.id} className="row">
            <span>
              {token.name} <code>…{token.hint}</code>
            </span>
            <span className={`mark ${token.status === "ACTIVE" ? "good" : "bad"}`}>{t(`tokens.status.${token.status}`)}</span>
            {token.status === "ACTIVE" && (
              <Confirmed
                label={t("tokens.revoke")}
                title={t("tokens.revokeTitle", { name: token.name })}
                words={t("tokens.revokeWords")}
                choices={[{ label: t("tokens.revoke"), isDangerous: true, act: () => revocation.submit({ id: token.id }) }]}
              />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
