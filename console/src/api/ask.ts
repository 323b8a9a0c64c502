// What the console asks the service that serves it.

import { ROOT } from "../app/root";
import { type TypedDocumentString } from "./generated/graphql";
import { Refused } from "./refused";
import { send } from "./send";
import type { Service } from "./service";

// Without the header the service does not look at the cookie of the session.
export const SERVICE: Service = {
  endpoint: new URL("graphql", ROOT),
  headers: { "GraphQL-Require-Preflight": "1" },
  credentials: "same-origin",
};

/** The data. Throws `Refused` if the operation or any of its fields failed. */
export function ask<Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables, signal?: AbortSignal): Promise<Data> {
  return send(SERVICE, document, variables, { signal });
}

/** What belongs to the user. It is null once the session was ended elsewhere, which throws `Refused`. */
export function own<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Refused("UNAUTHENTICATED", "The session has ended.");
  return value;
}
