import type { Problem } from "../ui/problem";
import type { ErrorCode, RefusalFragment } from "./generated/graphql";
import { Refused } from "./refused";

export function isRefusal(result: { __typename?: string } | null): result is RefusalFragment {
  return result !== null && "code" in result && "message" in result;
}

/** What a form shows for a refusal that came as data. */
export function problemOf(refusal: RefusalFragment): Problem {
  return {
    code: refusal.code as ErrorCode,
    message: refusal.message,
    retryAfterSeconds: refusal.__typename === "TooManyAttempts" ? refusal.retryAfterSeconds : undefined,
    inputs: refusal.__typename === "InvalidInput" ? refusal.problems : [],
    limit: refusal.__typename === "LimitReached" ? refusal.limit : undefined,
  };
}

/** What a form shows for an operation that failed. */
export function problemOfError(error: unknown): Problem {
  if (!(error instanceof Refused)) throw error;
  return {
    code: error.code,
    message: error.message,
    retryAfterSeconds: error.retryAfterSeconds,
    requestId: error.requestId,
    inputs: [],
  };
}
