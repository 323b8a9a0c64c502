// Signs up, makes an API token, runs models with it, and revokes it; with urql and types from graphql-codegen.
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { setTimeout } from 'node:timers/promises'
import { type Client, CombinedError } from '@urql/core'
import * as sse from './client.ts'
import { connect, data, Refused, reason, success } from './client.ts'
import * as documents from './generated/graphql.ts'
import * as websocket from './websocket.ts'

const email = process.env.GATEHOUSE_EMAIL!
const password = process.env.GATEHOUSE_PASSWORD!
const { events } = process.env.GATEHOUSE_STREAMS === 'websocket' ? websocket : sse

async function signUp(client: Client) {
  const input = { email, password }
  success(data(await client.mutation(documents.RegisterDocument, { input })).registered)
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const code = await terminal.question('Code from the email: ')
  terminal.close()
  success(data(await client.mutation(documents.VerifyEmailDocument, { code })).verifyEmail)
}

/** A session, which manages the account. */
async function logIn(client: Client, password: string) {
  const { login } = data(await client.mutation(documents.LoginDocument, { input: { email, password } }))
  const done = success(login)
  if (done.__typename === 'SecondFactorNeeded') throw new Error('This account has two factors: send the second one with completeLogin.')
  return done.token! // null only with `cookie: true`
}

async function createToken(session: Client) {
  const input = { name: 'journey', expiresIn: 'PT1H', unitsPerMinute: 14 }
  return success(data(await session.mutation(documents.CreateApiTokenDocument, { input })).createApiToken)
}

const vectors = {
  model: 'similarity',
  inputs: [
    { name: 'query', shape: [2], data: { values: [1, 0] } },
    { name: 'candidates', shape: [2, 2], data: { values: [[0, 1], [1, 1]] } },
  ],
}

async function rank(client: Client) {
  const { infer } = data(await client.query(documents.InferDocument, vectors))
  return orderOf(infer?.outputs ?? [])
}

function orderOf(outputs: { name: string; values?: unknown[] | null }[]) {
  return outputs.find(({ name }) => name === 'order')?.values?.join(', ')
}

async function read(client: Client, image: string) {
  // Not by openAsBlob: urql takes all files of Node 24's openAsBlob for the same one, and sends only the first.
  const upload = new File([await readFile(new URL(`../${image}`, import.meta.url))], image, { type: 'image/png' })
  const { readText } = data(await client.query(documents.ReadTextDocument, { image: { upload } }))
  return `${image}: ${readText?.text}`
}

async function stream(token: string) {
  for await (const { infer: event } of events(documents.StreamDocument, vectors, token)) {
    if (event?.__typename === 'InferenceChunk') console.log(`chunk ${event.index}: ${event.outputs.map(({ name }) => name)}`)
    else console.log(`end of stream: ${event?.chunks} chunk, ${event?.units} unit`)
  }
}

/** The state that a job ends in, and its result. The key makes it safe to send the mutation again. */
async function runJob(client: Client) {
  const input = { ...vectors, idempotencyKey: crypto.randomUUID() }
  const { job } = success(data(await client.mutation(documents.CreateJobDocument, { input })).createJob)
  for (;;) {
    const now = data(await client.query(documents.JobDocument, { id: job.id })).job
    if (now?.state === 'QUEUED' || now?.state === 'RUNNING') await setTimeout(1000)
    else if (now?.result) return `${now.state}, order: [${orderOf(now.result.outputs)}]`
    else return `${now?.state}: ${now?.error?.message}`
  }
}

/** Prints why the service refuses it. */
async function refused(call: Promise<unknown>) {
  try {
    await call
  } catch (error) {
    if (error instanceof Refused) console.log(error.message)
    else if (error instanceof CombinedError) console.log(reason(error))
    else throw error
  }
}

async function use(client: Client, token: string) {
  console.log(`order: [${await rank(client)}]`)
  console.log((await Promise.all([read(client, 'one.png'), read(client, 'two.png')])).join('\n'))
  await refused(read(client, 'one.png'))
  await stream(token)
  console.log(`job: ${await runJob(client)}`)
}

const visitor = connect()
await signUp(visitor)
await refused(logIn(visitor, 'a wrong password'))
const session = connect(await logIn(visitor, password))
const created = await createToken(session)
const client = connect(created.token)
await use(client, created.token)
success(data(await session.mutation(documents.RevokeApiTokenDocument, { id: created.apiToken.id })).revokeApiToken)
await refused(rank(client))
await refused(stream(created.token))
