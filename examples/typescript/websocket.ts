import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { CombinedError } from '@urql/core'
import { GraphQLError, print } from 'graphql'
import { createClient } from 'graphql-ws'

const url = process.env.GATEHOUSE_URL!.replace(/^http/, 'ws')
const NOT_ACCEPTED = 4401

/** The events of a subscription, as `events` of client.ts, over a WebSocket. */
export async function* events<Data, Variables extends Record<string, unknown>>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  credential: string,
): AsyncGenerator<Data> {
  const connectionParams = { Authorization: `Bearer ${credential}` }
  const client = createClient({ url, connectionParams, retryAttempts: 0 })
  try {
    for await (const { data, errors } of client.iterate<Data>({ query: print(document), variables })) {
      if (errors) throw new CombinedError({ graphQLErrors: [...errors] })
      if (data) yield data
    }
  } catch (error) {
    // The operation was refused, or the credential was, with a code of the WebSocket.
    if (Array.isArray(error)) throw new CombinedError({ graphQLErrors: error })
    if (error instanceof CloseEvent && error.code === NOT_ACCEPTED) {
      const refusal = new GraphQLError(error.reason, { extensions: { code: 'UNAUTHENTICATED' } })
      throw new CombinedError({ graphQLErrors: [refusal] })
    }
    throw error
  } finally {
    await client.dispose()
  }
}
