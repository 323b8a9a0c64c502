// Starts GraphiQL. All it needs is on the page already; all it fetches is the page's own address.

import { SignedIn, accountPlugin } from "./account.js";
import { ask } from "./credential.js";

const WELCOME = `# Gatehouse answers GraphQL here.
# This page helps to write queries.
#
# Ctrl-Enter  runs the query
# Ctrl-Space  completes what you type
#
# On the left, the book explains every
# type and field; the folder builds a
# query by clicking; the person logs you
# in, or takes an API token.
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

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(
    GraphiQL,
    {
      fetcher,
      defaultQuery: WELCOME,
      plugins: [GraphiQLPluginExplorer.explorerPlugin({ showAttribution: false }), accountPlugin],
      inputValueDeprecation: true,
      schemaDescription: true,
      // Headers hold credentials, queries may hold passwords, and the history remembers both:
      // all of it outlives a reload, so that nobody types it twice, but never the tab.
      storage: window.sessionStorage,
      shouldPersistHeaders: true,
    },
    React.createElement(GraphiQL.Logo, null, "Gatehouse", React.createElement(SignedIn)),
  ),
);
