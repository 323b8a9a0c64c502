import { useEffect, useReducer, useRef } from "react";
import { ask, Refused } from "../../api/ask";
import { InferDocument, InferStreamDocument, type SpentFragment, type TensorFragment, type TensorInput } from "../../api/generated/graphql";
import { problemOfError } from "../../api/refusals";
import { events } from "../../api/stream";
import type { Problem } from "../../ui/problem";
import type { Model } from "./ModelPage";

export type InferInputs = TensorInput[];

export interface Chunk {
  index: number;
  outputs: readonly TensorFragment[];
}

export interface End {
  milliseconds: number;
  spent?: SpentFragment | null;
}

interface State {
  isRunning: boolean;
  chunks: readonly Chunk[];
  end: End | null;
  problem: Problem | null;
}

const NOTHING: State = { isRunning: false, chunks: [], end: null, problem: null };

/** A call of a model: a query, or a stream where the model answers in one. */
export function useCall(model: Model) {
  const [state, change] = useReducer((before: State, after: Partial<State>) => ({ ...before, ...after }), NOTHING);
  const running = useRef<AbortController>(null);
  const stop = () => {
    running.current?.abort();
    change({ isRunning: false });
  };
  useEffect(() => () => running.current?.abort(), []);
  const run = (inputs: InferInputs) => {
    const { signal } = (running.current = new AbortController());
    const show = (after: Partial<State>) => !signal.aborted && change(after);
    change({ ...NOTHING, isRunning: true });
    const call = model.streams ? stream : once;
    call({ model: model.name, inputs }, signal, show).catch((error: unknown) => {
      if (error instanceof Refused) show({ problem: problemOfError(error), isRunning: false });
      else if (!signal.aborted) throw error;
    });
  };
  return { ...state, run, stop };
}

interface Variables {
  model: string;
  inputs: InferInputs;
}

type Show = (after: Partial<State>) => void;

async function once(variables: Variables, signal: AbortSignal, show: Show): Promise<void> {
  const { infer, rateLimit } = await ask(InferDocument, variables, signal);
  if (!infer) return;
  show({ isRunning: false, chunks: [{ index: 0, outputs: infer.outputs }], end: { milliseconds: infer.totalMs, spent: rateLimit } });
}

async function stream(variables: Variables, signal: AbortSignal, show: Show): Promise<void> {
  const chunks: Chunk[] = [];
  for await (const { infer } of events(InferStreamDocument, variables, signal)) {
    if (infer?.__typename === "InferenceChunk") {
      chunks.push(infer);
      show({ chunks: [...chunks] });
    }
    if (infer?.__typename === "InferenceDone") show({ end: { milliseconds: infer.milliseconds } });
  }
  show({ isRunning: false });
}
