import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { isPassing, Refused } from "../api/refused";
import { ended, seen, SESSION, type Account } from "../session/session";

/** What the page knows of the service. An answer that says that the session has ended forgets all of it. */
export function makeQueries(): QueryClient {
  const check = (error: Error) => {
    if (error instanceof Refused && error.code === "UNAUTHENTICATED") ended(queries);
  };
  // Without a network a query waits for it. What a user asks for fails at once: it should not happen later, unseen.
  const queries = new QueryClient({
    queryCache: new QueryCache({
      onError: check,
      onSuccess: (data, { queryKey }) => queryKey[0] === SESSION.queryKey[0] && seen(queries, data as Account | null),
    }),
    mutationCache: new MutationCache({ onError: check }),
    defaultOptions: { queries: { retry: again, retryDelay: pause, staleTime: 10_000 }, mutations: { retry: false, networkMode: "always" } },
  });
  return queries;
}

// Only what waiting can help, and only twice.
function again(failures: number, error: Error): boolean {
  return failures < 2 && isPassing(error);
}

function pause(failures: number): number {
  return 500 * 2 ** failures;
}
