import { useEffect, useReducer, useRef } from "react";
import type { Left } from "../../api/left";
import { Refused } from "../../api/refused";
import { InferDocument, InferStreamDocument, type SpentFragment, type TensorFragment, type TensorInput } from "../../api/generated/graphql";
import { problemOfError } from "../../api/refusals";
import { send } from "../../api/send";
import { useService, type Service } from "../../api/service";
import { events } from "../../api/stream";
import type { Problem } from "../../ui/problem";
import type { Model } from "./ModelPage";
import { isNoText } from "./output";

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
  /** By the user, before its end. */
  isStopped: boolean;
  chunks: readonly Chunk[];
  end: End | null;
  problem: Problem | null;
}

const NOTHING: State = { isRunning: false, isStopped: false, chunks: [], end: null, problem: null };

/** A call of a model: a query, or a stream where the model answers in one. */
export function useCall(model: Model) {
  const [state, change] = useReducer((before: State, after: Partial<State>) => ({ ...before, ...after }), NOTHING);
  const service = useService();
  const running = useRef<AbortController>(null);
  const stop = () => {
    running.current?.abort();
    change({ isRunning: false, isStopped: true });
  };
  useEffect(() => () => running.current?.abort(), []);
  const run = (inputs: InferInputs) => {
    const { signal } = (running.current = new AbortController());
    const show = (after: Partial<State>) => !signal.aborted && change(after);
    change({ ...NOTHING, isRunning: true });
    const call = model.streams ? stream : once;
    const withBytes = model.outputs.some(({ datatype }) => datatype === "BYTES");
    call(service, { model: model.name, inputs, withBytes }, signal, show).catch((error: unknown) => {
      if (error instanceof Refused) show({ problem: problemOfError(error), isRunning: false });
      else if (!signal.aborted) throw error;
    });
  };
  return { ...state, run, stop };
}

interface Variables {
  model: string;
  inputs: InferInputs;
  withBytes: boolean;
}

type Show = (after: Partial<State>) => void;

async function once(service: Service, variables: Variables, signal: AbortSignal, show: Show): Promise<void> {
  const { infer, rateLimit } = await send(service, InferDocument, variables, { signal, isHarmless: isNoText });
  if (!infer) return;
  show({ isRunning: false, chunks: [{ index: 0, outputs: infer.outputs }], end: { milliseconds: infer.totalMs, spent: rateLimit } });
}

async function stream(service: Service, variables: Variables, signal: AbortSignal, show: Show): Promise<void> {
  const chunks: Chunk[] = [];
  let windows: Left[] = [];
  const options = { signal, isHarmless: isNoText, onLeft: (left: Left[]) => (windows = left) };
  const inputs = await Promise.all(variables.inputs.map(inText));
  for await (const { infer } of events(service, InferStreamDocument, { ...variables, inputs }, options)) {
    if (infer?.__typename === "InferenceChunk") {
      chunks.push(infer);
      show({ chunks: [...chunks] });
    }
    if (infer?.__typename === "InferenceDone") show({ end: { milliseconds: infer.milliseconds, spent: { cost: infer.units, windows } } });
  }
  show({ isRunning: false });
}

// The client for streams sends JSON, which has no place for a file.
async function inText(input: TensorInput): Promise<TensorInput> {
  const { upload } = input.data as { upload?: Blob | null };
  if (!upload) return input;
  return { ...input, data: { base64: await base64Of(upload) } };
}

function base64Of(blob: Blob): Promise<string> {
  const reader = new FileReader();
  return new Promise((resolve, reject) => {
    reader.onload = () => resolve((reader.result as string).split(",", 2)[1] ?? "");
    reader.onerror = () => reject(reader.error ?? new Error("The file cannot be read."));
    reader.readAsDataURL(blob);
  });
}
