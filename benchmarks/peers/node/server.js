// A GraphQL service with Mercurius, its JIT on: `node server.js`.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import jwt from '@fastify/jwt'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import mercurius from 'mercurius'
import { Pool } from 'undici'

const CALLS_PER_MINUTE = 1_000_000_000
const SLOTS = 1_000
const LONGEST_MS = 30_000

const script = (name) => readFileSync(new URL(`../scripts/${name}.lua`, import.meta.url), 'utf8')
const redis = new Redis(process.env.REDIS_URL)
redis.defineCommand('admit', { numberOfKeys: 3, lua: script('admit') })
redis.defineCommand('settle', { numberOfKeys: 2, lua: script('settle') })
const triton = new Pool(process.env.TRITON_HTTP_URL, { connections: 64 })

const schema = `
  input TensorInput { name: String!, shape: [Int!]!, datatype: String!, data: [Float!]! }
  type TensorOutput { name: String!, shape: [Int!]!, datatype: String!, data: [Float!]! }
  type Inference { model: String!, outputs: [TensorOutput!]! }
  type Query { infer(model: String!, inputs: [TensorInput!]!): Inference! }
`

async function run (model, inputs) {
  const { statusCode, body } = await triton.request({
    method: 'POST',
    path: `/v2/models/${encodeURIComponent(model)}/infer`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ inputs })
  })
  const answer = await body.json()
  if (statusCode !== 200) throw new Error(answer.error)
  return { model, outputs: answer.outputs }
}

async function infer (_, { model, inputs }, { caller }) {
  const call = randomUUID()
  const slots = `peer:slots:${caller.sub}`
  const admitted = await redis.admit(
    `peer:revoked:${caller.jti}`, `peer:minute:${caller.sub}`, slots, call, CALLS_PER_MINUTE, SLOTS, LONGEST_MS
  )
  if (admitted !== 'OK') throw new Error(admitted)
  try {
    return await run(model, inputs)
  } finally {
    await redis.settle(slots, `peer:usage:${caller.sub}`, call, model)
  }
}

const app = Fastify()
app.register(jwt, { secret: process.env.JWT_SECRET })
app.register(mercurius, {
  schema,
  resolvers: { Query: { infer } },
  context: async (request) => ({ caller: await request.jwtVerify() }),
  jit: 1
})
app.get('/ready', async () => 'ready')
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
process.on('SIGTERM', async () => {
  await app.close()
  await triton.close()
  await redis.quit()
})
