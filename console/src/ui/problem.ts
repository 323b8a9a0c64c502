import type { Code } from "../api/refused";

/** A refusal, ready to be shown. */
export interface Problem {
  code: Code;
  /** In English. */
  message: string;
  retryAfterSeconds?: number;
  requestId?: string;
  inputs: readonly { path: readonly string[]; code: string; message: string }[];
  limit?: number;
}
