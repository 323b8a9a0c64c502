// One subscription, as server-sent events.

import { createClient } from "graphql-sse";
import { ROOT } from "../app/root";
import { Refused, refusal, type GraphqlError } from "./ask";
import type { TypedDocumentString } from "./generated/graphql";

const client = createClient({
  url: new URL("graphql", ROOT).href,
  credentials: "same-origin",
  headers: { "GraphQL-Require-Preflight": "1" },
  retryAttempts: 0,
});

/** Each event, until the service ends the stream or `signal` aborts it. Throws `Refused`. */
export async function* events<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  signal: AbortSignal,
): AsyncGenerator<Data> {
  const stream = client.iterate<Data>({ query: document.toString(), variables: variables as Record<string, unknown> });
  signal.addEventListener("abort", () => void stream.return?.(), { once: true });
  try {
    for await (const { data, errors } of stream) {
      if (signal.aborted) return;
      if (errors?.[0]) throw refusal(errors[0] as unknown as GraphqlError);
      if (data) yield data;
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error instanceof Refused ? error : new Refused("UNREACHABLE", "The stream broke.");
  }
}
