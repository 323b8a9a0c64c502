// The panel in which a person logs in, and the line that says as whom.

import { askForCode, forget, hasCode, isRefused, keep, post, say, useCredential } from "./credential.js";

const h = React.createElement;

const LOGIN = `mutation ($email: String!, $password: String!) {
  login(input: { email: $email, password: $password }) {
    ... on LoggedIn { token expiresAt user { email } }
    ... on SecondFactorNeeded { challenge }
    ... on UserError { message }
  }
}`;
const COMPLETE_LOGIN = `mutation ($challenge: String!, $code: String!) {
  completeLogin(challenge: $challenge, code: $code) {
    ... on LoggedIn { token expiresAt user { email } }
    ... on UserError { message }
  }
}`;
const LOGOUT = "mutation { logout { at } }";
const CURRENT_API_TOKEN = "{ currentApiToken { name expiresAt } }";

export const accountPlugin = { title: "Account", icon: Icon, content: Panel };

export function SignedIn() {
  const { credential } = useCredential();
  return h("span", { className: "account-line" }, ` · ${credential ? title(credential) : "not signed in"}`);
}

function Panel() {
  const { credential, challenge, message } = useCredential();
  const section = React.useRef(null);
  // The form that had the keyboard is gone: the next key shall still be for this panel.
  React.useEffect(() => {
    if (document.activeElement === document.body) section.current.focus();
  }, [credential, challenge]);
  return h(
    "section",
    { className: "account", "aria-label": "Account", ref: section, tabIndex: -1 },
    h("div", { className: "graphiql-doc-explorer-title" }, "Account"),
    h("p", { className: "account-message", role: "alert" }, message),
    credential ? h(Current, { credential }) : challenge ? h(SecondFactor, { challenge }) : h(Choice),
    h(
      "p",
      { className: "account-note" },
      "An Authorization header in the headers editor goes before what is here. Without either, queries are sent as " +
        "whoever this browser is logged in as on this site.",
    ),
  );
}

function Current({ credential }) {
  const { kind, expiresAt } = credential;
  const isSession = kind === "session";
  const until = expiresAt && ` until ${moment(expiresAt)}`;
  const leave = () => (isSession ? logOut(credential) : forget("The API token is forgotten here. It works on."));
  return h(
    React.Fragment,
    null,
    h("p", null, "Queries are sent as ", h("strong", null, title(credential)), until, "."),
    h(Form, { submit: leave, label: isSession ? "Log out" : "Forget the API token" }),
  );
}

function Choice() {
  return h(
    React.Fragment,
    null,
    h(
      Form,
      { submit: logIn, label: "Log in" },
      field("E-mail", { name: "email", type: "email", autoComplete: "username", required: true }),
      field("Password", { name: "password", type: "password", autoComplete: "current-password", required: true }),
    ),
    h(
      Form,
      { submit: useToken, label: "Use the API token" },
      field("Or an API token", { name: "token", autoComplete: "off", spellCheck: false, required: true }),
    ),
  );
}

function SecondFactor({ challenge }) {
  const complete = ({ code }) => completeLogin(challenge, code);
  const code = { name: "code", autoComplete: "one-time-code", autoFocus: true, spellCheck: false, required: true };
  return h(
    React.Fragment,
    null,
    h(Form, { submit: complete, label: "Log in" }, field("Authenticator code, or a recovery code", code)),
    h(Form, { submit: () => forget(""), label: "Start again" }),
  );
}

// Nothing typed is kept by React: the fields go with the form, and the password with them.
function Form({ submit, label, children }) {
  const [busy, setBusy] = React.useState(false);
  const onSubmit = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (busy) return;
    setBusy(true);
    try {
      await submit(Object.fromEntries(new FormData(form)));
    } catch (failure) {
      say(failure.message);
    }
    setBusy(false);
  };
  const button = h("button", { type: "submit", className: "graphiql-button", "aria-disabled": busy }, label);
  return h("form", { onSubmit, "aria-busy": busy }, children, button);
}

const field = (label, attributes) => h("label", null, label, h("input", attributes));

async function logIn({ email, password }) {
  say("");
  const { data, errors } = await begin(LOGIN, { email: email.trim(), password });
  const answer = data?.login ?? errors[0];
  if (answer.challenge) askForCode(answer.challenge);
  else keepSession(answer);
}

async function completeLogin(challenge, code) {
  say("");
  const { data, errors } = await begin(COMPLETE_LOGIN, { challenge, code: code.trim() });
  keepSession(data?.completeLogin ?? errors[0]);
}

// A login is refused only because of the cookie of a session that has ended, and that answer has dropped the cookie.
async function begin(query, variables) {
  const answer = await request(query, { variables });
  return isRefused(answer) ? request(query, { variables }) : answer;
}

function keepSession({ token, expiresAt, user, message }) {
  if (!token) throw new Error(message);
  keep({ kind: "session", token, name: user.email, expiresAt });
}

// Forgotten first, so that no fault of the service keeps a person from leaving.
async function logOut({ token, expiresAt }) {
  forget("");
  const answer = await request(LOGOUT, { token, keepalive: true }).catch((failure) => ({ errors: [failure] }));
  if (answer.data?.logout || isRefused(answer)) return say("You are logged out.");
  say(
    `This page has forgotten the session, but could not have it ended: ${answer.errors[0].message} ` +
      `It may work until ${moment(expiresAt)}, unless you log in again and run revokeOtherSessions.`,
  );
}

async function useToken(typed) {
  say("");
  const token = typed.token.trim().replace(/^Bearer +/i, "");
  if (!/^gth_[\w.-]+$/.test(token)) throw new Error("An API token begins with gth_.");
  const answer = await request(CURRENT_API_TOKEN, { token });
  if (isRefused(answer)) throw new Error("This API token does not work: it is mistyped, expired or revoked.");
  // A token that may only run models may not ask for its own name.
  if (answer.errors && !hasCode(answer, "FORBIDDEN")) throw new Error(answer.errors[0].message);
  keep({ kind: "token", token, ...answer.data?.currentApiToken });
}

const request = (query, { variables, ...options }) =>
  post({ query, variables }, { signal: AbortSignal.timeout(15_000), ...options });

const moment = (at) => new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

const title = ({ kind, name }) => (kind === "session" ? name : name ? `API token “${name}”` : "an API token");

// Filled for as long as there is somebody.
function Icon() {
  const { credential } = useCredential();
  return h(
    "svg",
    { viewBox: "0 0 24 24", fill: credential ? "currentColor" : "none", stroke: "currentColor", strokeWidth: 1.5 },
    h("circle", { cx: 12, cy: 8, r: 4 }),
    h("path", { d: "M4 21v-1a7 7 0 0 1 7-7h2a7 7 0 0 1 7 7v1z", strokeLinejoin: "round" }),
  );
}
