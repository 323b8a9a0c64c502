// Sends one GraphQL document and says how it ended. Nothing else on these pages talks to the service.

const HEADERS = {
  Accept: "application/graphql-response+json, application/json",
  "Content-Type": "application/json",
  "GraphQL-Require-Preflight": "1",
};

// {done: data of the field} or {refused: {code, seconds, problems, message}}.
export async function ask(query, variables) {
  try {
    let answer = await post({ query, variables });
    // Only because of the cookie of a session that has ended: nothing was done, and the answer has dropped the cookie.
    if (answer.errors?.[0].extensions?.code === "UNAUTHENTICATED") answer = await post({ query, variables });
    return outcome(answer);
  } catch {
    return { refused: { code: "UNREACHABLE" } };
  }
}

// Beside the page, so that it also works below a path of a proxy.
async function post(params) {
  const response = await fetch("graphql", {
    method: "POST",
    headers: HEADERS,
    body: JSON.stringify(params),
    credentials: "same-origin",
    signal: AbortSignal.timeout(15_000),
  });
  return response.json();
}

function outcome({ data, errors }) {
  const result = data && Object.values(data)[0];
  if (result && !result.code) return { done: result };
  const { code, message, retryAfterSeconds, problems } = result ?? { ...errors[0].extensions, message: errors[0].message };
  return { refused: { code, message, problems, seconds: retryAfterSeconds } };
}
