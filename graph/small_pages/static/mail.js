// The page that a link in an email opens. A button completes what the link is for; opening the page does nothing.

import { ask } from "./ask.js";
import { REFUSAL, REQUEST_RESET, RESEND, RESET, VERIFY } from "./documents.js";
import { checkbox, element, field, form } from "./elements.js";
import { choose } from "./words.js";

const CONFIRM_CHANGE = `mutation ($code: String!) {
  result: confirmEmailChange(code: $code) { ... on EmailChanged { email } ...refusal }
}`;
const DOCUMENTS = {
  "verify-email": VERIFY,
  "confirm-email-change": CONFIRM_CHANGE,
  "reset-password": RESET,
  "forgot-password": REQUEST_RESET,
  "resend-verification": RESEND,
};

const { page, graphiql, passwordMinLength } = document.body.dataset;
const { language, words } = choose(navigator.languages);
const main = document.querySelector("main");
const alert = element("p", { role: "alert", class: "refused" });

open();
// Another link of an email, opened in this tab: only the part behind the # differs, and the browser loads nothing.
window.addEventListener("hashchange", open);

function open() {
  show(takeCode());
}

// `refusal` is about a code that was tried before.
function show(code, refusal = "") {
  const text = words.pages[page];
  document.documentElement.lang = language;
  document.title = `${text.title} · Gatehouse`;
  const lead = element("p", {}, code ? text.lead : (text.leadWithoutCode ?? text.lead));
  main.replaceChildren(element("h1", {}, text.title), lead, alert, first(code));
  alert.textContent = refusal;
  if (page === "verify-email" && !code) main.append(...resend());
  if (page === "reset-password" && !code) main.append(linkTo("forgot-password", words.askForMail));
}

// The code leaves the address bar, and with it what a bookmark, a shared address or a screenshot would hold.
function takeCode() {
  const code = new URLSearchParams(window.location.hash.slice(1)).get("code")?.trim();
  if (window.location.hash) window.history.replaceState(null, "", window.location.pathname);
  return code ?? "";
}

function first(code) {
  const fields = [page === "forgot-password" ? address() : codeField(code)];
  if (page === "reset-password") fields.push(...passwordFields());
  return form(words.pages[page].button, (given) => complete(page, given), ...fields);
}

// The form sends the code of the link. The user need not see it.
function codeField(code) {
  if (code) return element("input", { name: "code", type: "hidden", value: code });
  const attributes = { name: "code", autocomplete: "one-time-code", spellcheck: "false", autocapitalize: "characters" };
  return field(words.code, attributes, words.codeHint);
}

function passwordFields() {
  const attributes = { name: "newPassword", type: "password", autocomplete: "new-password", minlength: passwordMinLength };
  const label = field(words.newPassword, { ...attributes, maxlength: 256 }, words.passwordHint(passwordMinLength));
  const input = label.querySelector("input");
  return [label, checkbox(words.showPassword, (isShown) => (input.type = isShown ? "text" : "password"))];
}

function address() {
  return field(words.email, { name: "email", type: "email", autocomplete: "email" });
}

function resend() {
  const send = form(words.sendMail, (given) => complete("resend-verification", given), address());
  return [element("h2", {}, words.noWorkingCode), send];
}

async function complete(what, { code, ...given }) {
  alert.textContent = "";
  const variables = code === undefined ? given : { ...given, code: code.trim() };
  const heading = main.firstElementChild;
  const { done, refused } = await ask(DOCUMENTS[what] + REFUSAL, variables);
  // Another link was opened meanwhile: the page is about its code now.
  if (refused && !heading.isConnected) return;
  if (done) finish(what, words.pages[what].done(done.email));
  else if (refused.code === "CODE_REFUSED") askForAnother();
  else alert.textContent = explain(refused);
}

// Perhaps the code was used: a link that is opened again, or an answer that was lost.
function askForAnother() {
  const { codeRefused, next } = words.pages[page];
  show("", codeRefused);
  if (graphiql) alert.after(linkTo(graphiql, next));
  main.querySelector("input").focus();
}

function explain({ code, message, seconds, problems }) {
  if (code === "TOO_MANY_ATTEMPTS" || code === "RATE_LIMITED") return words.tooMany(seconds ?? 60);
  if (problems) return problems.map((one) => words.problems[one.code] ?? one.message).join(" ");
  return words.refusals[code] ?? message ?? words.refusals.UNREACHABLE;
}

// The form is removed, and the focus with it. So the sentence about the result gets the focus.
function finish(what, sentence) {
  const { title, next } = words.pages[what];
  const said = element("p", { role: "status", class: "done", tabindex: -1 }, sentence);
  main.replaceChildren(element("h1", {}, title), said, ...(next && graphiql ? [linkTo(graphiql, next)] : []));
  said.focus();
}

function linkTo(href, text) {
  return element("p", {}, element("a", { href }, text));
}
