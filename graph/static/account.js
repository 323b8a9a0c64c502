// The account panel, and the line that shows who is logged in.

import { begin, forget, hasCode, isRefused, askForCode, keep, request, showMessage, useCredential } from "./credential.js";
import { Form, field, h } from "./forms.js";
import { NewPassword, Register, Verify } from "./joining.js";

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
  return h("span", { className: "account-line" }, ` · ${credential ? title(credential) : "not logged in"}`);
}

function Panel() {
  const { credential, challenge, message } = useCredential();
  const [view, setView] = React.useState("Log in");
  const section = React.useRef(null);
  // The form that had the focus is gone. Keep the focus in this panel.
  React.useEffect(() => {
    if (document.activeElement === document.body) section.current.focus();
  }, [credential, challenge, view]);
  const show = (next, words) => {
    showMessage(words);
    setView(next);
  };
  return h(
    "section",
    { className: "account", "aria-label": "Account", ref: section, tabIndex: -1 },
    h("div", { className: "graphiql-doc-explorer-title" }, "Account"),
    credential || challenge ? null : h(Views, { view, show }),
    h("p", { className: "account-message", role: "alert" }, message),
    credential ? h(Current, { credential }) : challenge ? h(SecondFactor, { challenge }) : h(VIEWS[view], { show }),
    h(
      "p",
      { className: "account-note" },
      "An Authorization header in the headers editor is used instead of this login. Without both, queries use the " +
        "session cookie of this browser for this site, if there is one.",
    ),
  );
}

const VIEWS = { "Log in": LogIn, Register, Verify, "New password": NewPassword };

function Views({ view, show }) {
  const button = (name) =>
    h("button", { key: name, type: "button", "aria-pressed": name === view, onClick: () => show(name, "") }, name);
  return h("div", { className: "account-views", role: "group", "aria-label": "What to do" }, Object.keys(VIEWS).map(button));
}

function Current({ credential }) {
  const { kind, expiresAt } = credential;
  const isSession = kind === "session";
  const until = expiresAt && ` until ${localTime(expiresAt)}`;
  const leave = () => (isSession ? logOut(credential) : forget("This page has forgotten the API token. The token still works."));
  return h(
    React.Fragment,
    null,
    h("p", null, "Queries are sent as ", h("strong", null, title(credential)), until, "."),
    h(Form, { submit: leave, label: isSession ? "Log out" : "Forget the API token" }),
  );
}

function LogIn() {
  return h(
    React.Fragment,
    null,
    h(
      Form,
      { submit: logIn, label: "Log in" },
      field("Email", { name: "email", type: "email", autoComplete: "username", required: true }),
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

async function logIn({ email, password }) {
  showMessage("");
  const { data, errors } = await begin(LOGIN, { email: email.trim(), password });
  const answer = data?.login ?? errors[0];
  if (answer.challenge) askForCode(answer.challenge);
  else keepSession(answer);
}

async function completeLogin(challenge, code) {
  showMessage("");
  const { data, errors } = await begin(COMPLETE_LOGIN, { challenge, code: code.trim() });
  keepSession(data?.completeLogin ?? errors[0]);
}

function keepSession({ token, expiresAt, user, message }) {
  if (!token) throw new Error(message);
  keep({ kind: "session", token, name: user.email, expiresAt });
}

// Forget the session first, so that the user can log out of this page even if the service fails.
async function logOut({ token, expiresAt }) {
  forget("");
  const answer = await request(LOGOUT, { token, keepalive: true }).catch((failure) => ({ errors: [failure] }));
  if (answer.data?.logout || isRefused(answer)) return showMessage("You are logged out.");
  showMessage(
    `This page has forgotten the session, but the service may not have ended it: ${answer.errors[0].message} ` +
      `The session may work until ${localTime(expiresAt)}. To end it, log in again and run revokeOtherSessions.`,
  );
}

async function useToken(typed) {
  showMessage("");
  const token = typed.token.trim().replace(/^Bearer +/i, "");
  if (!/^gth_[\w.-]+$/.test(token)) throw new Error("An API token starts with gth_.");
  const answer = await request(CURRENT_API_TOKEN, { token });
  if (isRefused(answer)) throw new Error("This API token does not work. It is mistyped, expired or revoked.");
  // A token without scope READ cannot read its own name.
  if (answer.errors && !hasCode(answer, "FORBIDDEN")) throw new Error(answer.errors[0].message);
  keep({ kind: "token", token, ...answer.data?.currentApiToken });
}

const localTime = (at) => new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

const title = ({ kind, name }) => (kind === "session" ? name : name ? `API token “${name}”` : "an API token");

// Filled while there is a credential.
function Icon() {
  const { credential } = useCredential();
  return h(
    "svg",
    { viewBox: "0 0 24 24", fill: credential ? "currentColor" : "none", stroke: "currentColor", strokeWidth: 1.5 },
    h("circle", { cx: 12, cy: 8, r: 4 }),
    h("path", { d: "M4 21v-1a7 7 0 0 1 7-7h2a7 7 0 0 1 7 7v1z", strokeLinejoin: "round" }),
  );
}
