// Who uses this page: the session that the browser keeps in a cookie, which no script can read.

import { queryOptions, useQuery, useQueryClient, type Query, type QueryClient } from "@tanstack/react-query";
import { useLocation, useNavigate } from "react-router";
import { ask } from "../api/ask";
import { Refused } from "../api/refused";
import { LogoutDocument, SessionDocument, type AccountFragment } from "../api/generated/graphql";
import { forget } from "./newToken";

export type Account = AccountFragment;

/** Asked for before anything is drawn: every page waits for it. */
export const SESSION = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => load(signal),
  staleTime: 60_000,
});

/** Undefined while it is not known yet, null if nobody is logged in. */
export function useAccount(): Account | null | undefined {
  return useSession().data;
}

export function useSession() {
  return useQuery(SESSION);
}

export function useSignIn(): (account: Account) => void {
  const queries = useQueryClient();
  return (account) => replace(queries, account);
}

export function useSignOut(): () => Promise<void> {
  const leave = useLeave();
  return async () => {
    await ask(LogoutDocument, {});
    await leave();
  };
}

/** To the first page, and forgets the account only there: the page before it would lead to the login. */
export function useLeave(): () => Promise<void> {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    await navigate("/", { state: LEAVING, flushSync: true });
    ended(queries);
  };
}

const LEAVING = "leaving";

/** Whether the first page is shown to somebody who leaves, and not to somebody who may go on to the models. */
export function useIsLeaving(): boolean {
  return useLocation().state === LEAVING;
}

// The browser has one cookie for all tabs: where one of them logs in or out, the others ask who they are now.
const TABS = new BroadcastChannel("gatehouse:session");

export function followOtherTabs(queries: QueryClient): void {
  TABS.onmessage = () => void queries.invalidateQueries({ queryKey: SESSION.queryKey });
}

let shown: string | null | undefined;

/** To be called with each answer to SESSION. Somebody else may have logged in, in another tab. */
export function seen(queries: QueryClient, account: Account | null): void {
  const id = account?.id ?? null;
  if (shown !== undefined && shown !== id) {
    forget();
    void queries.resetQueries({ predicate: isOfAccount });
  }
  shown = id;
}

/** Forgets everything that the page knows of the account. */
export function ended(queries: QueryClient): void {
  replace(queries, null);
}

function replace(queries: QueryClient, account: Account | null): void {
  forget();
  queries.removeQueries({ predicate: isOfAccount });
  shown = account?.id ?? null;
  queries.setQueryData(SESSION.queryKey, account);
  TABS.postMessage(null);
}

function isOfAccount({ queryKey }: Pick<Query, "queryKey">): boolean {
  return queryKey[0] !== SESSION.queryKey[0];
}

// A refused cookie is deleted by the answer. The second request is sent without it.
async function load(signal: AbortSignal): Promise<Account | null> {
  try {
    return (await ask(SessionDocument, {}, signal)).me;
  } catch (error) {
    if (!(error instanceof Refused && error.code === "UNAUTHENTICATED")) throw error;
    return (await ask(SessionDocument, {}, signal)).me;
  }
}
