// Sends one operation. Nothing else talks to the service, but for streams.

import { filesOf } from "./files";
import { type TypedDocumentString } from "./generated/graphql";
import { Refused, refusal, type GraphqlError } from "./refused";
import type { Service } from "./service";

const ACCEPT = "application/graphql-response+json, application/json";

interface Answer<Data> {
  data?: Data | null;
  errors?: GraphqlError[];
}

interface Options {
  signal?: AbortSignal;
  /** Errors of single fields with which the rest of the data is still of use. */
  isHarmless?: (error: GraphqlError) => boolean;
}

/** The data. Throws `Refused` if the operation or any of its fields failed. */
export async function send<Data, Variables>(
  service: Service,
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  { signal, isHarmless = () => false }: Options = {},
): Promise<Data> {
  const { data, errors } = await post<Data>(service, document.toString(), variables, signal);
  const error = errors?.find((one) => !isHarmless(one));
  if (error) throw refusal(error);
  if (!data) throw new Refused("INTERNAL", "The answer has no data.");
  return data;
}

async function post<Data>(service: Service, query: string, variables: unknown, signal?: AbortSignal): Promise<Answer<Data>> {
  const { endpoint, credentials } = service;
  let response: Response;
  try {
    response = await fetch(endpoint, { method: "POST", credentials, signal, ...message(service, query, variables) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused("UNREACHABLE", "The service cannot be reached.");
  }
  const answer = await parsed<Data>(response);
  if (!answer) throw new Refused("UNREACHABLE", `The answer is not from Gatehouse (status ${response.status}).`);
  return answer;
}

function message({ headers }: Service, query: string, variables: unknown): { headers: Record<string, string>; body: BodyInit } {
  const files = filesOf(variables);
  if (!files.length) {
    return { headers: { ...headers, Accept: ACCEPT, "Content-Type": "application/json" }, body: JSON.stringify({ query, variables }) };
  }
  const body = new FormData();
  // A file becomes null here: the form has its place.
  body.append("operations", JSON.stringify({ query, variables }, (_key, value) => (value instanceof Blob ? null : value)));
  body.append("map", JSON.stringify(Object.fromEntries(files.map(({ path }, index) => [index, [path]]))));
  files.forEach(({ file }, index) => body.append(String(index), file));
  return { headers: { ...headers, Accept: ACCEPT }, body };
}

/** Null if it is not GraphQL: a proxy may answer with anything, also with JSON of its own. */
export async function parsed<Data>(response: Response): Promise<Answer<Data> | null> {
  try {
    const answer = (await response.json()) as Answer<Data>;
    return answer.data || answer.errors?.length ? answer : null;
  } catch {
    return null;
  }
}
