// Sends one operation. Nothing else in the console talks to the service.

import { ROOT } from "../app/root";
import type { ErrorCode } from "./generated/graphql";
import { type TypedDocumentString } from "./generated/graphql";
import { filesOf } from "./files";

const ENDPOINT = new URL("graphql", ROOT);
// Without it the service does not look at the cookie of the session.
const PREFLIGHT = { "GraphQL-Require-Preflight": "1" };
const ACCEPT = "application/graphql-response+json, application/json";

export type Code = ErrorCode | "UNREACHABLE";

/** A refusal of the whole operation, or of one of its fields. */
export class Refused extends Error {
  constructor(
    readonly code: Code,
    message: string,
    readonly retryAfterSeconds?: number,
    readonly requestId?: string,
  ) {
    super(message);
  }
}

export interface GraphqlError {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: ErrorCode; retryAfterSeconds?: number; requestId?: string };
}

interface Answer<Data> {
  data?: Data | null;
  errors?: GraphqlError[];
}

/** The data. Throws `Refused` if the operation or any of its fields failed. */
export async function ask<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Data> {
  const { data, errors } = await post<Data>(document.toString(), variables, signal);
  if (errors?.[0]) throw refusal(errors[0]);
  if (!data) throw new Refused("INTERNAL", "The answer has no data.");
  return data;
}

/** What belongs to the user. It is null once the session was ended elsewhere, which throws `Refused`. */
export function own<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Refused("UNAUTHENTICATED", "The session has ended.");
  return value;
}

async function post<Data>(query: string, variables: unknown, signal?: AbortSignal): Promise<Answer<Data>> {
  let response: Response;
  try {
    response = await fetch(ENDPOINT, { method: "POST", credentials: "same-origin", signal, ...message(query, variables) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused("UNREACHABLE", "The service cannot be reached.");
  }
  const answer = await parsed<Data>(response);
  if (!answer) throw new Refused("UNREACHABLE", `The answer is not from Gatehouse (status ${response.status}).`);
  return answer;
}

function message(query: string, variables: unknown): { headers: Record<string, string>; body: BodyInit } {
  const files = filesOf(variables);
  if (!files.length) {
    const headers = { ...PREFLIGHT, Accept: ACCEPT, "Content-Type": "application/json" };
    return { headers, body: JSON.stringify({ query, variables }) };
  }
  const body = new FormData();
  // A file becomes null here: the form has its place.
  body.append("operations", JSON.stringify({ query, variables }, (_key, value) => (value instanceof Blob ? null : value)));
  body.append("map", JSON.stringify(Object.fromEntries(files.map(({ path }, index) => [index, [path]]))));
  files.forEach(({ file }, index) => body.append(String(index), file));
  return { headers: { ...PREFLIGHT, Accept: ACCEPT }, body };
}

// A proxy may answer with anything, also with JSON of its own.
async function parsed<Data>(response: Response): Promise<Answer<Data> | null> {
  try {
    const answer = (await response.json()) as Answer<Data>;
    return answer.data || answer.errors?.length ? answer : null;
  } catch {
    return null;
  }
}

export function refusal({ message, extensions }: GraphqlError): Refused {
  return new Refused(extensions?.code ?? "INTERNAL", message, extensions?.retryAfterSeconds, extensions?.requestId);
}
