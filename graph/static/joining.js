// Forms for users who cannot log in yet: register, verify the email address, set a new password.

import { begin, showMessage } from "./credential.js";
import { REFUSAL, REQUEST_RESET, RESEND, RESET, VERIFY } from "./documents.js";
import { Form, field, h } from "./forms.js";

const REGISTER = `mutation ($email: String!, $password: String!, $locale: String) {
  result: register(input: { email: $email, password: $password, locale: $locale }) {
    ... on MailAccepted { email }
    ...refusal
  }
}`;

const LEAST = document.body.dataset.passwordMinLength;
const EMAIL = { name: "email", type: "email", autoComplete: "username", required: true };
const NEW_PASSWORD = { type: "password", autoComplete: "new-password", maxLength: 256, required: true };
const CODE = { name: "code", autoComplete: "one-time-code", spellCheck: false, required: true };

// `show` opens another view of the panel, with a message.
export function Register({ show }) {
  const register = async ({ email, password }) => {
    showMessage("");
    const done = await result(REGISTER, { email: email.trim(), password, locale: locale() });
    show("Verify", `An email is on its way to ${done.email}. Open its link, or enter its code here.`);
  };
  return h(
    Form,
    { submit: register, label: "Register" },
    field("Email", EMAIL),
    field(`Password, ${LEAST} characters or more`, { name: "password", ...NEW_PASSWORD }),
  );
}

export function Verify({ show }) {
  const verify = async ({ code }) => {
    showMessage("");
    const done = await result(VERIFY, { code: code.trim() });
    show("Log in", `${done.email} is verified. Log in now.`);
  };
  const resend = async ({ email }) => {
    showMessage("");
    const done = await result(RESEND, { email: email.trim() });
    showMessage(`If ${done.email} is not verified yet, an email is on its way.`);
  };
  return h(
    React.Fragment,
    null,
    h(Form, { submit: verify, label: "Verify the address" }, field("Code from the email", CODE)),
    h(Form, { submit: resend, label: "Send a new code" }, field("Or get a new code by email", EMAIL)),
  );
}

export function NewPassword({ show }) {
  const ask = async ({ email }) => {
    showMessage("");
    const done = await result(REQUEST_RESET, { email: email.trim() });
    showMessage(`If ${done.email} has an account, an email is on its way. Open its link, or enter its code here.`);
  };
  const reset = async ({ code, newPassword }) => {
    showMessage("");
    await result(RESET, { code: code.trim(), newPassword });
    show("Log in", "The new password is set, and all sessions have ended. Log in now.");
  };
  return h(
    React.Fragment,
    null,
    h(Form, { submit: ask, label: "Send the code" }, field("Email", EMAIL)),
    h(
      Form,
      { submit: reset, label: "Set the password" },
      field("Code from the email", CODE),
      field(`New password, ${LEAST} characters or more`, { name: "newPassword", ...NEW_PASSWORD }),
    ),
  );
}

async function result(query, variables) {
  const { data, errors } = await begin(query + REFUSAL, variables);
  const answer = (data && Object.values(data)[0]) ?? errors[0];
  if (answer.message) throw new Error(answer.problems?.map((problem) => problem.message).join(" ") ?? answer.message);
  return answer;
}

// For the language of emails. Some browsers report a value that is not a language tag, such as en-US@posix.
const locale = () => navigator.language.match(/^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i)?.[0];
