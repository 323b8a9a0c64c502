// One call as a program of several languages.

import { filesOf } from "../../api/files";
import { SERVICE } from "../../api/ask";

export const PLACEHOLDER = "gth_…";

export interface Call {
  query: string;
  /** With null in the place of each file. */
  variables: unknown;
  files: readonly { path: string; name: string; isElement: boolean }[];
  isStream: boolean;
}

export const LANGUAGES: Record<string, (call: Call, token: string) => string> = { curl, Python: python, TypeScript: typescript };

/** `inputs` as the form has them: an upload in BYTES is an element of a tensor, whose length a program must write before it. */
export function callOf(query: string, variables: { inputs?: readonly { datatype?: string | null }[] }, isStream: boolean): Call {
  const files = filesOf(variables).map(({ path, file }) => {
    const input = variables.inputs?.[Number(path.split(".")[2])];
    return { path, name: file instanceof File ? file.name : "file", isElement: input?.datatype === "BYTES" };
  });
  const plain: unknown = JSON.parse(JSON.stringify(variables, (_key, value: unknown) => (value instanceof Blob ? null : value)));
  return { query: query.trim(), variables: plain, files, isStream };
}

/** With two spaces, and each list of plain values in one line. */
function written(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/\[[^[\]{}"]*\]/g, (list) => list.replace(/\s+/g, " ").replace("[ ", "[").replace(" ]", "]"));
}

function curl({ query, variables, files, isStream }: Call, token: string): string {
  const operation = quoted(written({ query: query.replace(/\s+/g, " "), variables }));
  const elements = files.map(({ name, isElement }) => ({ file: isElement ? `${name}.element` : name, name, isElement }));
  const prepared = elements.filter(({ isElement }) => isElement);
  const map = JSON.stringify(Object.fromEntries(files.map(({ path }, index) => [index, [path]])));
  const body = files.length
    ? ["-H 'GraphQL-Require-Preflight: 1'", `-F operations=${operation}`, `-F map=${quoted(map)}`, ...elements.map(({ file }, index) => `-F ${index}=@${quoted(`"${file}"`)}`)]
    : ["-H 'Content-Type: application/json'", `--data ${operation}`];
  return [
    `export GATEHOUSE_TOKEN=${token}`,
    ...(prepared.length ? [ELEMENT_IN_SHELL] : []),
    ...prepared.map(({ name, file }) => `element ${quoted(name)} > ${quoted(file)}`),
    [`curl ${isStream ? "-N " : ""}'${SERVICE.endpoint.href}'`, `-H "Authorization: Bearer $GATEHOUSE_TOKEN"`, ...(isStream ? ["-H 'Accept: text/event-stream'"] : []), ...body].join(" \\\n  "),
  ].join("\n");
}

const ELEMENT_IN_SHELL = `# In a tensor of BYTES each element follows its length in 4 little-endian bytes.
element() {
  n=$(wc -c < "$1")
  printf "$(printf '\\\\%03o' $((n & 255)) $((n >> 8 & 255)) $((n >> 16 & 255)) $((n >> 24 & 255)))"
  cat "$1"
}`;

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function python({ query, variables, files, isStream }: Call, token: string): string {
  const isElement = files.some((file) => file.isElement);
  const read = files.map((file) => `    ${JSON.stringify(file.path)}: ${file.isElement ? `element(${JSON.stringify(file.name)})` : `Path(${JSON.stringify(file.name)}).read_bytes()`},\n`);
  const headers = ['"Authorization": f"Bearer {os.environ[\'GATEHOUSE_TOKEN\']}"', ...(files.length ? ['"GraphQL-Require-Preflight": "1"'] : []), ...(isStream ? ['"Accept": "text/event-stream"'] : [])];
  const body = files.length
    ? `    "data": {"operations": json.dumps(OPERATION), "map": json.dumps({str(i): [path] for i, path in enumerate(FILES)})},
    "files": {str(i): content for i, content in enumerate(FILES.values())},`
    : `    "json": OPERATION,`;
  return `# pip install httpx2; export GATEHOUSE_TOKEN=${token}
import json
import os
${files.length ? "from pathlib import Path\n" : ""}
import httpx2

QUERY = """
${query}
"""
VARIABLES = json.loads(r"""
${written(variables)}
""")
OPERATION = {"query": QUERY, "variables": VARIABLES}
${isElement ? ELEMENT_IN_PYTHON : ""}${files.length ? `FILES = {\n${read.join("")}}\n` : ""}request = {
    "headers": {${headers.join(", ")}},
${body}
    "timeout": 60,
}
${isStream ? STREAM_IN_PYTHON(SERVICE.endpoint.href) : ANSWER_IN_PYTHON(SERVICE.endpoint.href)}`;
}

const ELEMENT_IN_PYTHON = `

def element(name):
    # In a tensor of BYTES each element follows its length in 4 little-endian bytes.
    content = Path(name).read_bytes()
    return len(content).to_bytes(4, "little") + content


`;

const ANSWER_IN_PYTHON = (address: string) => `answer = httpx2.post("${address}", **request).json()
if errors := answer.get("errors"):
    raise SystemExit(errors)
print(answer["data"])`;

const STREAM_IN_PYTHON = (address: string) => `with httpx2.stream("POST", "${address}", **request) as events:
    events.raise_for_status()
    for line in events.iter_lines():
        if line.startswith("data: {"):
            print(json.loads(line.removeprefix("data: ")))`;

function typescript({ query, variables, files, isStream }: Call, token: string): string {
  const parts = files.map(({ name, isElement }, index) => `body.append("${index}", ${isElement ? "await element" : "new Blob([await readFile"}(${JSON.stringify(name)})${isElement ? "" : "])"});`);
  const headers = ["Authorization: `Bearer ${process.env.GATEHOUSE_TOKEN}`", files.length ? '"GraphQL-Require-Preflight": "1"' : '"Content-Type": "application/json"', ...(isStream ? ['Accept: "text/event-stream"'] : [])];
  const map = `body.append("map", JSON.stringify({ ${files.map(({ path }, index) => `${index}: [${JSON.stringify(path)}]`).join(", ")} }));`;
  return `// GATEHOUSE_TOKEN=${token} node call.ts
${files.length ? 'import { readFile } from "node:fs/promises";\n\n' : ""}const query = \`
${query}
\`;
const variables = ${written(variables)};
${files.some(({ isElement }) => isElement) ? ELEMENT_IN_TYPESCRIPT : ""}${files.length ? ["const body = new FormData();", 'body.append("operations", JSON.stringify({ query, variables }));', map, ...parts].join("\n") : "const body = JSON.stringify({ query, variables });"}

const response = await fetch("${SERVICE.endpoint.href}", {
  method: "POST",
  headers: { ${headers.join(", ")} },
  body,
});
${isStream ? STREAM_IN_TYPESCRIPT : ANSWER_IN_TYPESCRIPT}`;
}

const ELEMENT_IN_TYPESCRIPT = `
// In a tensor of BYTES each element follows its length in 4 little-endian bytes.
async function element(name: string): Promise<Blob> {
  const content = await readFile(name);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(content.length);
  return new Blob([length, content]);
}

`;

const ANSWER_IN_TYPESCRIPT = `const { data, errors } = await response.json();
if (errors) throw new Error(JSON.stringify(errors));
console.log(JSON.stringify(data));`;

const STREAM_IN_TYPESCRIPT = `if (!response.ok) throw new Error(await response.text());
let text = "";
for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
  const lines = (text + piece).split("\\n");
  text = lines.pop()!;
  for (const line of lines) {
    if (line.startsWith("data: {")) console.log(line.slice("data: ".length));
  }
}`;
