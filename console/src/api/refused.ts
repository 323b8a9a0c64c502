import type { ErrorCode } from "./generated/graphql";

export type Code = ErrorCode | "UNREACHABLE";

/** A refusal of the whole operation, or of one of its fields. */
export class Refused extends Error {
  constructor(
    readonly code: Code,
    message: string,
    readonly retryAfterSeconds?: number,
    readonly requestId?: string,
  ) {
    super(message);
  }
}

/** Whether the same may work a little later. */
export function isPassing(error: unknown): boolean {
  return error instanceof Refused && PASSING.has(error.code);
}

const PASSING = new Set<Code>(["UNREACHABLE", "SERVICE_UNAVAILABLE", "DEADLINE_EXCEEDED"]);

export interface GraphqlError {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: ErrorCode; retryAfterSeconds?: number; requestId?: string };
}

export function refusal({ message, extensions }: GraphqlError): Refused {
  return new Refused(extensions?.code ?? "INTERNAL", message, extensions?.retryAfterSeconds, extensions?.requestId);
}
