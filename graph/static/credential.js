// The credential of this tab, a session or an API token, and the requests that are sent with it.

import { events, isStream } from "./events.js";

const KEY = "gatehouse:credential";
const listeners = new Set();

// React needs a new object for each change. `credential` is {kind, token, name, expiresAt}. `challenge` is set while a
// login waits for the second factor. It is stored nowhere else.
let state = { credential: JSON.parse(window.sessionStorage.getItem(KEY)), challenge: null, message: "" };

export const useCredential = () => React.useSyncExternalStore(subscribe, () => state);

export function keep(credential) {
  window.sessionStorage.setItem(KEY, JSON.stringify(credential));
  change({ credential, challenge: null, message: "" });
}

export function askForCode(challenge) {
  change({ credential: null, challenge, message: "" });
}

export function forget(message) {
  window.sessionStorage.removeItem(KEY);
  change({ credential: null, challenge: null, message });
}

export function showMessage(message) {
  change({ ...state, message });
}

// Sends a request of GraphiQL and yields its answers: one, or those of a subscription. An Authorization header from its
// headers editor takes precedence.
export async function* ask(params, typed, signal) {
  const headers = new Headers(typed);
  // The schema is the same for every caller. Without a credential it loads even if the credential has expired.
  const isForSchema = params.operationName === "IntrospectionQuery";
  const credential = isForSchema || headers.has("Authorization") ? null : state.credential;
  const options = { headers, token: credential?.token, withCookies: !isForSchema, signal };
  for await (const answer of answers(params, options)) {
    // The credential may have been replaced while the request ran.
    if (credential && credential === state.credential && isRefused(answer)) forget(farewell(credential));
    yield answer;
  }
}

async function* answers(params, { headers, token, withCookies = true, ...options } = {}) {
  const sent = new Headers(headers);
  for (const [name, value] of Object.entries(HEADERS)) if (!sent.has(name)) sent.set(name, value);
  if (token) sent.set("Authorization", `Bearer ${token}`);
  // The session cookie of the front end is used only for queries without a credential.
  const credentials = withCookies && !sent.has("Authorization") ? "same-origin" : "omit";
  const body = JSON.stringify(params);
  const response = await reach({ method: "POST", headers: sent, body, credentials, ...options });
  if (isStream(response)) {
    yield* events(response);
    return;
  }
  const text = await response.text();
  const answer = parsed(text);
  if (!answer?.data && !answer?.errors?.length) {
    throw new Error(`The answer is not a GraphQL response (status ${response.status}): ${text.slice(0, 200)}`);
  }
  yield answer;
}

// A proxy may answer with anything, even with JSON of its own.
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// For the panel's own operations.
export async function request(query, { variables, ...options }) {
  const { value } = await answers({ query, variables }, { signal: AbortSignal.timeout(15_000), ...options }).next();
  return value;
}

// A request without a credential is refused only if the session in the cookie has ended. That answer deletes the
// cookie, so the second request is sent without it.
export async function begin(query, variables) {
  const answer = await request(query, { variables });
  return isRefused(answer) ? request(query, { variables }) : answer;
}

// The credential does not work. One that works but may not do this is FORBIDDEN instead.
export const isRefused = (answer) => hasCode(answer, "UNAUTHENTICATED");

export function hasCode(answer, code) {
  return Boolean(answer.errors?.some((error) => error.extensions?.code === code));
}

const HEADERS = {
  Accept: "application/graphql-response+json, application/json, text/event-stream",
  "Content-Type": "application/json",
  "GraphQL-Require-Preflight": "1",
};

async function reach(options) {
  try {
    return await fetch(window.location.pathname, options);
  } catch (cause) {
    throw new Error("The service cannot be reached, or it takes too long to answer.", { cause });
  }
}

function farewell({ kind, expiresAt }) {
  if (kind === "token") return "The API token has expired or was revoked. Queries are now sent without it.";
  const why = Date.parse(expiresAt) <= Date.now() ? "has expired" : "was ended";
  return `The session ${why}. Log in again. Until then, queries are sent without it.`;
}

function change(next) {
  state = next;
  for (const listener of listeners) listener();
}

function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
