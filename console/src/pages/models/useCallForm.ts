import { useMemo, useState } from "react";
import type { Model } from "./ModelPage";
import { imagesIn } from "./output";
import { EMPTY, EntryProblem, tensorOf, typedOf, type Entry } from "./tensorInputs";
import { useCall, type InferInputs } from "./useCall";

/** What is typed into the form of a model, and the call that it makes. */
export function useCallForm(model: Model) {
  const examples = useMemo(() => exampleEntries(model), [model]);
  const [entries, setEntries] = useState(examples);
  const [problem, setProblem] = useState<EntryProblem | null>(null);
  const call = useCall(model);
  const inputs = useMemo(() => inputsOf(model, entries), [model, entries]);
  return {
    call,
    problem,
    /** Null while they cannot be sent. */
    inputs: inputs instanceof EntryProblem ? null : inputs,
    entryOf: (name: string) => entries[name] ?? EMPTY,
    /** The example of the model says it; the name of an input may stand for a text, such as an address. */
    imagesOf: ({ name, datatype }: Input) => {
      if (datatype !== "BYTES") return "no";
      return examples[name]?.file ? "only" : /image|picture|photo/i.test(name) ? "also" : "no";
    },
    enter: (name: string, entry: Entry) => {
      setProblem(null);
      setEntries({ ...entries, [name]: entry });
    },
    /** Shows what is wrong with the inputs, or uses them. */
    withInputs: (use: (inputs: InferInputs) => void) => {
      if (inputs instanceof EntryProblem) return setProblem(inputs);
      setProblem(null);
      use(inputs);
    },
  };
}

type Input = Model["inputs"][number];

export type CallFormState = ReturnType<typeof useCallForm>;

function inputsOf(model: Model, entries: Record<string, Entry>): InferInputs | EntryProblem {
  try {
    return model.inputs.map((input) => tensorOf(input, entries[input.name] ?? EMPTY, model.maxBatchSize)).filter((input) => input !== null);
  } catch (error) {
    if (error instanceof EntryProblem) return error;
    throw error;
  }
}

/** The values of the example call that the service made from the declaration. */
function exampleEntries(model: Model): Record<string, Entry> {
  if (!model.example) return {};
  const entries: Record<string, Entry> = {};
  for (const found of tensorsIn(JSON.parse(model.example.variables))) {
    const { values, base64 } = found.data;
    if (values) entries[found.name] = { ...EMPTY, typed: typedOf(values, found.shape) };
    const [image] = base64 ? imagesIn(base64) : [];
    if (base64 && image) entries[found.name] = { ...EMPTY, base64, file: new File([image], "example", { type: image.type }) };
  }
  return entries;
}

interface ExampleTensor {
  name: string;
  shape: number[];
  data: { values?: readonly unknown[]; base64?: string };
}

function tensorsIn(variables: { inputs?: ExampleTensor[] }): ExampleTensor[] {
  return variables.inputs ?? [];
}
