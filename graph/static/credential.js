// What queries are sent with: a session or an API token, kept for as long as the tab, and the sending itself.

const KEY = "gatehouse:credential";
const listeners = new Set();

// Replaced whole at every change, as React asks for. The credential: {kind, token, name, expiresAt}.
let state = { credential: JSON.parse(window.sessionStorage.getItem(KEY)), message: "" };

export const useCredential = () => React.useSyncExternalStore(subscribe, () => state);

export function keep(credential) {
  window.sessionStorage.setItem(KEY, JSON.stringify(credential));
  change({ credential, message: "" });
}

export function forget(message) {
  window.sessionStorage.removeItem(KEY);
  change({ credential: null, message });
}

export function say(message) {
  change({ ...state, message });
}

// As GraphiQL asks: what stands in its headers editor goes first.
export async function ask(params, typed, signal) {
  const headers = new Headers(typed);
  // The schema is the same for everybody, so that a credential that has ended does not keep it from being shown.
  const withoutIt = params.operationName === "IntrospectionQuery" || headers.has("Authorization");
  const credential = withoutIt ? null : state.credential;
  const answer = await post(params, { headers, token: credential?.token, signal });
  // Meanwhile another one may have taken its place.
  if (credential && credential === state.credential && isRefused(answer)) forget(farewell(credential));
  return answer;
}

export async function post(params, { headers, token, ...options } = {}) {
  const sent = new Headers(headers);
  for (const [name, value] of Object.entries(HEADERS)) if (!sent.has(name)) sent.set(name, value);
  if (token) sent.set("Authorization", `Bearer ${token}`);
  const response = await reach({ method: "POST", headers: sent, body: JSON.stringify(params), ...options });
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
  return `The session ${why}. Log in again; until then queries are sent as a visitor.`;
}

function change(next) {
  state = next;
  for (const listener of listeners) listener();
}

function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
