// One subscription, as server-sent events.

import { createClient, NetworkError } from "graphql-sse";
import type { TypedDocumentString } from "./generated/graphql";
import { leftIn, type Left } from "./left";
import { Refused, refusal, type GraphqlError } from "./refused";
import { parsed } from "./send";
import type { Service } from "./service";

interface Options {
  signal: AbortSignal;
  isHarmless?: (error: GraphqlError) => boolean;
  /** Gets what the headers of the answer say. */
  onLeft?: (left: Left[]) => void;
}

/** Each event, until the service ends the stream or `signal` aborts it. Throws `Refused`. */
export async function* events<Data, Variables>(
  { endpoint, headers, credentials }: Service,
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  { signal, isHarmless = () => false, onLeft }: Options,
): AsyncGenerator<Data> {
  const client = createClient({
    url: endpoint.href,
    credentials,
    headers: { ...headers },
    retryAttempts: 0,
    fetchFn: async (input: RequestInfo, init?: RequestInit) => {
      const response = await fetch(input, init);
      onLeft?.(leftIn(response.headers));
      return response;
    },
  });
  const stream = client.iterate<Data>({ query: document.toString(), variables: variables as Record<string, unknown> });
  signal.addEventListener("abort", () => void stream.return?.(), { once: true });
  try {
    for await (const { data, errors } of stream) {
      if (signal.aborted) return;
      const error = (errors as unknown as GraphqlError[] | undefined)?.find((one) => !isHarmless(one));
      if (error) throw refusal(error);
      if (data) yield data;
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error instanceof Refused ? error : await refusalOf(error);
  }
}

// What refuses the whole request comes as JSON, as for a query.
async function refusalOf(error: unknown): Promise<Refused> {
  const response = error instanceof NetworkError ? (error.response as Response | undefined) : undefined;
  const first = response && (await parsed(response))?.errors?.[0];
  return first ? refusal(first) : new Refused("UNREACHABLE", "The stream broke.");
}
