import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { ask } from "../api/ask";
import type { ErrorCode, TypedDocumentString } from "../api/generated/graphql";
import { isRefusal, problemOf, problemOfError } from "../api/refusals";
import type { Problem } from "../ui/problem";

/** A result that is no refusal. */
export type Done<Result> = Result extends { code: ErrorCode } ? never : NonNullable<Result>;

interface Submit<Result, Variables> {
  /** Resolves to null if it was refused. `problem` says why. */
  submit: (variables: Variables) => Promise<Done<Result> | null>;
  isRunning: boolean;
  problem: Problem | null;
  clear: () => void;
}

/** One mutation whose only field has the alias `result`. What changed elsewhere on the page is read again: all queries
 * whose key begins with one of `renews`. */
export function useSubmit<Result, Variables>(
  document: TypedDocumentString<{ result: Result }, Variables>,
  { renews = [] }: { renews?: readonly string[] } = {},
): Submit<Result, Variables> {
  const queries = useQueryClient();
  const mutation = useMutation({ mutationFn: (variables: Variables) => ask(document, variables) });
  const { data, error } = mutation;
  // The same object until there is another answer: fields show the problem again with each new one.
  const problem = useMemo(() => {
    if (error) return problemOfError(error);
    return data && isRefusal(data.result as never) ? problemOf(data.result as never) : null;
  }, [data, error]);
  return {
    submit: async (variables) => {
      const answer = await mutation.mutateAsync(variables).catch(() => null);
      if (!answer || isRefusal(answer.result as never)) return null;
      await Promise.all(renews.map((name) => queries.invalidateQueries({ queryKey: [name] })));
      return answer.result as Done<Result>;
    },
    isRunning: mutation.isPending,
    problem,
    clear: mutation.reset,
  };
}
