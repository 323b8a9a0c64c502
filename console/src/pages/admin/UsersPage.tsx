import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ask } from "../../api/ask";
import { UsersDocument, type UserState } from "../../api/generated/graphql";
import { useSearch } from "../../app/useSearch";
import { Choice } from "../../ui/Choice";
import { Loaded } from "../../ui/Loaded";
import { More } from "../../ui/More";
import { Moment } from "../../ui/Moment";
import { Page } from "../../ui/Page";
import { Search } from "../../ui/Search";
import { AdminPages } from "./AdminPages";
import { usePlans } from "./usePlans";

const PAGE = 50;
const STATES = ["ANY", "UNVERIFIED", "ACTIVE", "SUSPENDED"] as const;

export function UsersPage() {
  const { t } = useTranslation();
  const { words, setWords, search } = useSearch();
  const [state, setState] = useState<(typeof STATES)[number]>("ANY");
  const [plan, setPlan] = useState("");
  const plans = usePlans();
  const query = useInfiniteQuery({
    queryKey: ["users", search, state, plan],
    queryFn: async ({ pageParam, signal }) =>
      (await ask(UsersDocument, { first: PAGE, after: pageParam, search, state: wanted(state), plan: plan || null }, signal)).users!,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    placeholderData: keepPreviousData,
  });
  return (
    <Page title={t("admin.users")}>
      <AdminPages />
      <div className="row">
        <Search label={t("admin.search")} value={words} onChange={setWords} />
        <Choice label={t("admin.state")} value={state} onChange={setState} choices={STATES} nameOf={(name) => t(`admin.states.${name}`)} />
        <Choice label={t("admin.plan")} value={plan} onChange={setPlan} choices={["", ...(plans.data ?? []).map(({ name }) => name)]} nameOf={(name) => name || t("admin.states.ANY")} />
      </div>
      <Loaded query={query}>
        {({ pages }) => (
          <>
            <p role="status" className="quiet">
              {t("admin.count", { count: pages[0]?.totalCount ?? 0 })}
            </p>
            <div className="scroll card" tabIndex={0}>
              <table className="wide">
                <thead>
                  <tr>
                    <th scope="col">{t("form.email")}</th>
                    <th scope="col">{t("admin.plan")}</th>
                    <th scope="col">{t("admin.state")}</th>
                    <th scope="col">{t("admin.since")}</th>
                  </tr>
                </thead>
                <tbody>
                  {pages.flatMap(({ nodes }) => nodes).map((user) => (
                    <tr key={user.id}>
                      <th scope="row">
                        <Link to={`/admin/users/${encodeURIComponent(user.id)}`}>{user.email}</Link>{" "}
                        {user.role === "ADMIN" && <span className="mark">{t("admin.roles.ADMIN")}</span>}
                      </th>
                      <td data-name={t("admin.plan")}>{user.plan.name}</td>
                      <td data-name={t("admin.state")}>{t(`admin.states.${stateOf(user)}`)}</td>
                      <td data-name={t("admin.since")}>
                        <Moment at={user.createdAt} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <More query={query} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

export function stateOf({ suspendedAt, emailVerifiedAt }: { suspendedAt: string | null; emailVerifiedAt: string | null }): UserState {
  if (suspendedAt) return "SUSPENDED";
  return emailVerifiedAt ? "ACTIVE" : "UNVERIFIED";
}

function wanted(state: (typeof STATES)[number]): UserState | null {
  return state === "ANY" ? null : state;
}
