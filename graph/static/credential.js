// What queries are sent with: a session or an API token, kept for as long as the tab, and the sending itself.

const KEY = "gatehouse:credential";
const listeners = new Set();

// Replaced whole at every change, as React asks for. The credential: {kind, token, name, expiresAt}. The challenge is
// what a login with a right password waits for a code with; it is kept nowhere else.
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

export function say(message) {
  change({ ...state, message });
}

// As GraphiQL asks: what stands in its headers editor goes first.
export async function ask(params, typed, signal) {
  const headers = new Headers(typed);
  // The schema is the same for everybody, so that a credential that has ended does not keep it from being shown.
  const isForSchema = params.operationName === "IntrospectionQuery";
  const credential = isForSchema || headers.has("Authorization") ? null : state.credential;
  const answer = await post(params, { headers, token: credential?.token, withCookies: !isForSchema, signal });
  // Meanwhile another one may have taken its place.
  if (credential && credential === state.credential && isRefused(answer)) forget(farewell(credential));
  return answer;
}

export async function post(params, { headers, token, withCookies = true, ...options } = {}) {
  const sent = new Headers(headers);
  for (const [name, value] of Object.entries(HEADERS)) if (!sent.has(name)) sent.set(name, value);
  if (token) sent.set("Authorization", `Bearer ${token}`);
  // Where the front end has a session in a cookie, the cookie is for queries that have no credential of their own.
  const credentials = withCookies && !sent.has("Authorization") ? "same-origin" : "omit";
  const body = JSON.stringify(params);
  const response = await reach({ method: "POST", headers: sent, body, credentials, ...options });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`The answer is not JSON (status ${response.status}): ${text.slice(0, 200)}`);
  }
}

// A credential that is good, but not for what was asked, is FORBIDDEN instead.
export const isRefused = (answer) => hasCode(answer, "UNAUTHENTICATED");

export function hasCode(answer, code) {
  return Boolean(answer.errors?.some((error) => error.extensions?.code === code));
}

const HEADERS = {
  Accept: "application/graphql-response+json, application/json",
  "Content-Type": "application/json",
  "GraphQL-Require-Preflight": "1",
};

async function reach(options) {
  try {
    return await fetch(window.location.pathname, options);
  } catch (cause) {
    throw new Error("The service cannot be reached, or takes too long to answer.", { cause });
  }
}

function farewell({ kind, expiresAt }) {
  if (kind === "token") return "The API token has expired or was revoked. Queries are sent without one now.";
  const why = Date.parse(expiresAt) <= Date.now() ? "has expired" : "was ended";
  return `The session ${why}. Log in again; until then queries are sent without it.`;
}

function change(next) {
  state = next;
  for (const listener of listeners) listener();
}

function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
