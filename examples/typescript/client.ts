import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { Client, CombinedError, fetchExchange } from '@urql/core'
import { print } from 'graphql'
import { createClient, NetworkError } from 'graphql-sse'

const url = process.env.GATEHOUSE_URL!

function headersOf(credential?: string): Record<string, string> {
  const headers: Record<string, string> = { 'GraphQL-Require-Preflight': '1' }
  if (credential) headers.Authorization = `Bearer ${credential}`
  return headers
}

/** A client of an anonymous caller, or of the owner of a session or an API token. */
export function connect(credential?: string): Client {
  return new Client({
    url,
    // A query with a file needs POST: with GET, urql would send null instead of the file.
    preferGetMethod: false,
    fetchOptions: { headers: headersOf(credential) },
    exchanges: [fetchExchange],
  })
}

/**
 * The events of a subscription. Throws urql's error if the stream breaks.
 *
 * Not by urql's subscriptionExchange: it repeats the last event when a stream ends.
 */
export async function* events<Data, Variables extends Record<string, unknown>>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  credential: string,
): AsyncGenerator<Data> {
  // A stream that breaks is not begun again: each one costs units.
  const client = createClient({ url, headers: headersOf(credential), retryAttempts: 0 })
  try {
    for await (const { data, errors } of client.iterate<Data>({ query: print(document), variables })) {
      if (errors) throw new CombinedError({ graphQLErrors: [...errors] })
      if (data) yield data
    }
  } catch (error) {
    if (!(error instanceof NetworkError && error.response)) throw error
    // The whole request was refused.
    const { errors } = await error.response.json()
    throw new CombinedError({ graphQLErrors: errors, response: error.response })
  }
}

/** A mutation's answer that is a `UserError`. */
export class Refused extends Error {}

type UserError = { code: string; message: string }

/** What the mutation did. Throws Refused for each `UserError` of its union. */
export function success<Answer extends object>(answer: Answer | UserError | null | undefined) {
  if (!answer) throw new Error('There is no answer.')
  if ('message' in answer) throw new Refused(`${answer.code}: ${answer.message}`)
  return answer as Exclude<Answer, UserError>
}

/** The data of an answer. Throws urql's error if a field failed, or the whole request was refused. */
export function data<Data>(result: { data?: Data; error?: CombinedError }): Data {
  if (result.error) throw result.error
  if (!result.data) throw new Error('There is no answer.')
  return result.data
}

/** Why a whole request was refused. */
export function reason({ response, graphQLErrors }: CombinedError): string {
  if (response?.status === 429) return `429, try again in ${response.headers.get('Retry-After')} s`
  return `${graphQLErrors[0]?.extensions.code}`
}
