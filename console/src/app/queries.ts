import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { isPassing, Refused } from "../api/refused";
import { ended } from "../session/session";

/** What the page knows of the service. An answer that says that the session has ended forgets all of it. */
export function makeQueries(): QueryClient {
  const check = (error: Error) => {
    if (error instanceof Refused && error.code === "UNAUTHENTICATED") ended(queries);
  };
  const queries = new QueryClient({
    queryCache: new QueryCache({ onError: check }),
    mutationCache: new MutationCache({ onError: check }),
    defaultOptions: { queries: { retry: again, retryDelay: pause, staleTime: 10_000 }, mutations: { retry: false } },
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
