// Who uses this page: the session that the browser keeps in a cookie, which no script can read.

import { useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { ask } from "../api/ask";
import { Refused } from "../api/refused";
import { LogoutDocument, SessionDocument, type AccountFragment } from "../api/generated/graphql";
import { forget } from "./newToken";

export type Account = AccountFragment;

const KEY = ["session"];

/** Undefined while it is not known yet, null if nobody is logged in. */
export function useAccount(): Account | null | undefined {
  return useSession().data;
}

export function useSession() {
  return useQuery({ queryKey: KEY, queryFn: ({ signal }) => load(signal), staleTime: 60_000 });
}

export function useSignIn(): (account: Account) => void {
  const queries = useQueryClient();
  return (account) => replace(queries, account);
}

export function useSignOut(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await ask(LogoutDocument, {});
    ended(queries);
  };
}

/** Forgets everything that the page knows of the account. */
export function ended(queries: QueryClient): void {
  replace(queries, null);
}

function replace(queries: QueryClient, account: Account | null): void {
  forget();
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY[0] });
  queries.setQueryData(KEY, account);
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
