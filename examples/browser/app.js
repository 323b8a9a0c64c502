const API = "http://127.0.0.1:8000/graphql";
const LOGIN = `mutation ($input: LoginInput!) {
  login(input: $input) { __typename ... on LoggedIn { token } ... on UserError { message } }
}`;
const READ = `query ($image: Upload!) {
  readText(image: { upload: $image }) { text }
}`;
const LEFT = `query { rateLimit { windows { name remaining limit } } }`;
const RANK = `subscription ($query: TensorDataInput!, $candidates: TensorDataInput!) {
  infer(model: "similarity", inputs: [
    { name: "query", shape: [2], data: $query }
    { name: "candidates", shape: [2, 2], data: $candidates }
  ]) {
    ... on InferenceChunk { index outputs { name values } }
    ... on InferenceDone { chunks units }
  }
}`;
const CREATE_JOB = `mutation ($input: JobInput!) {
  createJob(input: $input) { ... on JobAccepted { job { id } } ... on UserError { message } }
}`;
const JOB = `query ($id: ID!) {
  job(id: $id) { state result { outputs { name values } } error { message } }
}`;
const LOGOUT = `mutation { logout { at } }`;

const page = (id) => document.getElementById(id);
// Kept in memory: no other page can read it, and it is gone when the page is closed.
let token = null;

async function send(query, variables, { file, headers = {} } = {}) {
  if (token) headers["Authorization"] = `Bearer ${token}`;
  let body = JSON.stringify({ query, variables });
  if (file) {
    const form = new FormData();
    form.append("operations", body);
    form.append("map", JSON.stringify({ 0: ["variables.image"] }));
    form.append("0", file);
    body = form;
    headers["GraphQL-Require-Preflight"] = "1";
  } else {
    headers["Content-Type"] = "application/json";
  }
  const answer = await fetch(API, { method: "POST", headers, body });
  if (answer.status === 401) show(null);
  if (answer.status === 429) throw new Error(`Too many calls. Try again in ${answer.headers.get("Retry-After")} s.`);
  return answer;
}

function data(result) {
  if (result.errors) throw new Error(result.errors[0].message);
  return result.data;
}

async function ask(query, variables, file) {
  const answer = await send(query, variables, { file });
  return data(await answer.json());
}

// The events of a subscription, by GraphQL over server-sent events. EventSource cannot send a header, and so no token.
async function* events(query, variables) {
  const answer = await send(query, variables, { headers: { Accept: "text/event-stream" } });
  if (!answer.ok) data(await answer.json());
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const blocks = (text + read.value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const line = block.split("\n").find((one) => one.startsWith("data: "));
      // Heartbeats and the last event have no data.
      if (line) yield data(JSON.parse(line.slice("data: ".length)));
    }
  }
}

function tensors(outputs) {
  return outputs.map((one) => `${one.name}: ${one.values}\n`).join("");
}

function show(newToken) {
  token = newToken;
  page("login").hidden = token !== null;
  page("reader").hidden = token === null;
  page("text").textContent = "";
}

function on(id, event, act) {
  page(id).addEventListener(event, async (happened) => {
    happened.preventDefault();
    page("status").textContent = "…";
    page("text").textContent = "";
    page("status").textContent = await act(new FormData(page(id).closest("form"))).catch((error) => error.message);
  });
}

on("login", "submit", async (fields) => {
  const { login } = await ask(LOGIN, { input: Object.fromEntries(fields) });
  if (login.__typename !== "LoggedIn") return login.message ?? "This account needs a second factor.";
  show(login.token);
  return "You are logged in.";
});

on("reader", "submit", async (fields) => {
  const read = async (file) => `${file.name}: ${(await ask(READ, { image: null }, file)).readText.text}`;
  page("text").textContent = (await Promise.all(fields.getAll("images").map(read))).join("\n");
  const { rateLimit } = await ask(LEFT, {});
  return rateLimit.windows.map((one) => `${one.remaining} of ${one.limit} units left (${one.name})`).join(", ");
});

on("rank", "click", async () => {
  const vectors = { query: { values: [1, 0] }, candidates: { values: [[0, 1], [1, 1]] } };
  let end = "";
  for await (const { infer } of events(RANK, vectors)) {
    if (infer.outputs) page("text").textContent += tensors(infer.outputs);
    else end = `${infer.chunks} chunk, ${infer.units} unit`;
  }
  return end;
});

on("later", "click", async () => {
  const inputs = [
    { name: "query", shape: [2], data: { values: [1, 0] } },
    { name: "candidates", shape: [2, 2], data: { values: [[0, 1], [1, 1]] } },
  ];
  // The key makes it safe to send the mutation again.
  const idempotencyKey = Array.from(crypto.getRandomValues(new Uint8Array(16))).join("-");
  const { createJob } = await ask(CREATE_JOB, { input: { model: "similarity", inputs, idempotencyKey } });
  if (!createJob.job) return createJob.message;
  for (;;) {
    const { job } = await ask(JOB, createJob.job);
    if (job?.result) page("text").textContent = tensors(job.result.outputs);
    if (!["QUEUED", "RUNNING"].includes(job?.state)) return job?.error?.message ?? String(job?.state);
    await new Promise((done) => setTimeout(done, 1000));
  }
});

on("logout", "click", async () => {
  await ask(LOGOUT, {});
  show(null);
  return "You are logged out.";
});
