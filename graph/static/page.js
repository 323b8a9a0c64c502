// Starts GraphiQL. All it needs is on the page already; all it fetches is the page's own address.
"use strict";

const WELCOME = `# Gatehouse answers GraphQL here.
# This page helps to write queries.
#
# Ctrl-Enter  runs the query
# Ctrl-Space  completes what you type
#
# On the left, the book explains every
# type and field; the folder builds a
# query by clicking.
#
# An API token goes into "Headers":
# {"Authorization": "Bearer <token>"}
#
# This query asks whether the service
# is up and which models it offers.

{
  service {
    health
  }
  models {
    nodes {
      name
      description
      cost
    }
  }
}
`;

// GraphiQL can stop an observable, not a promise: its stop button ends the call on the server, too.
function fetcher(params, { headers } = {}) {
  return {
    subscribe({ next, error, complete }) {
      const controller = new AbortController();
      ask(params, headers, controller.signal).then(
        (answer) => {
          next(answer);
          complete();
        },
        (failure) => controller.signal.aborted || error(failure),
      );
      return { unsubscribe: () => controller.abort() };
    },
  };
}

async function ask(params, headers, signal) {
  const response = await fetch(window.location.pathname, {
    method: "POST",
    headers: {
      Accept: "application/graphql-response+json, application/json",
      "Content-Type": "application/json",
      "GraphQL-Require-Preflight": "1",
      ...headers,
    },
    body: JSON.stringify(params),
    signal,
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`The answer is not JSON (status ${response.status}): ${text.slice(0, 200)}`);
  }
}

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(
    GraphiQL,
    {
      fetcher,
      defaultQuery: WELCOME,
      plugins: [GraphiQLPluginExplorer.explorerPlugin({ showAttribution: false })],
      inputValueDeprecation: true,
      schemaDescription: true,
      // Headers hold credentials, queries may hold passwords, and the history remembers both:
      // all of it outlives a reload, so that nobody types it twice, but never the tab.
      storage: window.sessionStorage,
      shouldPersistHeaders: true,
    },
    React.createElement(GraphiQL.Logo, null, "Gatehouse"),
  ),
);
