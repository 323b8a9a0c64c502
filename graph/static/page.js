// Starts GraphiQL. All its files are on the page already. It sends requests only to the page's own address.

import { SignedIn, accountPlugin } from "./account.js";
import { ask } from "./credential.js";

const WELCOME = `# This query needs no account.
# Press the triangle to run it,
# or press Ctrl-Enter.

{
  service {
    version
    health
  }
  rateLimit {
    cost
    windows {
      name
      limit
      remaining
    }
  }
}

# To use models, create an
# account. Open the account
# panel (the person icon):
#
# 1. Register. Open the link in
#    the email, or enter its code.
# 2. Log in. After that, queries
#    are sent with your session.
# 3. Run this query:
#
# {
#   models {
#     nodes { name description }
#   }
# }
#
# 4. Create an API token for
#    your programs:
#
# mutation {
#   createApiToken(input: {
#     name: "laptop"
#     expiresIn: "P30D"
#   }) {
#     ... on ApiTokenCreated {
#       token
#     }
#     ... on UserError {
#       message
#     }
#   }
# }
#
# The token is shown only once.
# Programs send it in the header
# Authorization: Bearer TOKEN
#
# The book icon opens the
# documentation. The folder icon
# helps you build queries.
# Ctrl-Space completes a word.
`;

// The events of a subscription that are shown; GraphiQL alone would show the last one only.
const SHOWN = 100;

// GraphiQL can cancel an observable, but not a promise. So its stop button also ends the call on the server.
function fetcher(params, { headers } = {}) {
  return {
    subscribe({ next, error, complete }) {
      const controller = new AbortController();
      show(ask(params, headers, controller.signal), next).then(
        complete,
        // GraphiQL would also show the stack of an Error.
        ({ message }) => controller.signal.aborted || error({ message }),
      );
      return { unsubscribe: () => controller.abort() };
    },
  };
}

async function show(answers, next) {
  let events = [];
  for await (const answer of answers) {
    events = [...events, answer].slice(-SHOWN);
    next(events.length === 1 ? answer : { events });
  }
}

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(
    GraphiQL,
    {
      fetcher,
      defaultQuery: WELCOME,
      plugins: [GraphiQLPluginExplorer.explorerPlugin({ showAttribution: false }), accountPlugin],
      // A link to log in opens the account panel.
      visiblePlugin: window.location.hash === "#account" ? accountPlugin : undefined,
      inputValueDeprecation: true,
      schemaDescription: true,
      // Headers hold credentials, queries may hold passwords, and the history stores both. They survive a reload, so
      // that users do not type them again, but are deleted when the tab is closed.
      storage: window.sessionStorage,
      shouldPersistHeaders: true,
    },
    React.createElement(GraphiQL.Logo, null, "Gatehouse", React.createElement(SignedIn)),
  ),
);
