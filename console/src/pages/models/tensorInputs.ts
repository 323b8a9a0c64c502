// What is typed or chosen for the inputs of a model, as tensors.

import type { DeclarationFragment, TensorInput } from "../../api/generated/graphql";

export interface Entry {
  /** JSON, or numbers separated by spaces, commas or line breaks; for BYTES a text. */
  typed: string;
  file: File | null;
  /** The file as the example of the model has it: with its length in front. */
  base64?: string;
  /** As typed, such as `3, 224`. Empty: found from the nested lists, or from the declaration. */
  shape: string;
}

export const EMPTY: Entry = { typed: "", file: null, shape: "" };

/** Flat values as people type them. Their shape can be seen from the rows or brackets, so it need not be entered. */
export function typedOf(values: readonly unknown[], shape: readonly number[]): string {
  const isPlain = values.every((value) => typeof value === "number" || typeof value === "boolean");
  if (shape.length === 1 && values.length > 0) {
    if (isPlain) return values.join(" ");
    const [only] = values;
    if (values.length === 1 && typeof only === "string" && !only.trim().startsWith("[")) return only;
  }
  const nested = shape.slice(1).reduceRight<readonly unknown[]>((items, length) => piecesOf(items, length), values);
  if (isPlain && shape.length === 2 && nested.length > 1) return (nested as unknown[][]).map((row) => row.join(" ")).join("\n");
  return JSON.stringify(nested);
}

function piecesOf(items: readonly unknown[], length: number): unknown[][] {
  return Array.from({ length: length && items.length / length }, (_, index) => items.slice(index * length, (index + 1) * length));
}

/** Why an entry cannot be sent: a key of `model.problems`. */
export class EntryProblem extends Error {
  constructor(
    readonly input: string,
    readonly reason: "empty" | "notJson" | "notNumbers" | "shape" | "ragged",
  ) {
    super(reason);
  }
}

/** Throws EntryProblem. An optional input that is empty is left out: null. */
export function tensorOf(declared: DeclarationFragment, entry: Entry, maxBatchSize: number): TensorInput | null {
  const { name, datatype } = declared;
  const isText = datatype === "BYTES";
  if (entry.file) return { name, datatype, shape: shapeOf(declared, entry, null, maxBatchSize), data: fileData(entry, entry.file, isText) };
  if (entry.typed === "" || (!isText && entry.typed.trim() === "")) {
    if (declared.optional) return null;
    throw new EntryProblem(name, "empty");
  }
  const values = isText ? textValues(entry.typed) : numberValues(name, entry.typed);
  return { name, datatype, shape: shapeOf(declared, entry, values, maxBatchSize), data: { values } };
}

function fileData({ base64 }: Entry, file: File, isText: boolean): TensorInput["data"] {
  if (base64) return { base64 };
  // In a tensor of BYTES, each element follows its length in 4 little-endian bytes.
  if (!isText) return { upload: file };
  const length = new DataView(new ArrayBuffer(4));
  length.setUint32(0, file.size, true);
  return { upload: new File([length.buffer, file], file.name) };
}

// A list in JSON is several texts; all else is one.
function textValues(typed: string): unknown {
  if (typed.trim().startsWith("[")) {
    try {
      return JSON.parse(typed);
    } catch {
      return [typed];
    }
  }
  return [typed];
}

function numberValues(name: string, typed: string): unknown {
  const text = typed.trim();
  if (/^[[{"]/.test(text)) {
    try {
      const values: unknown = JSON.parse(text);
      return Array.isArray(values) ? values : [values];
    } catch {
      throw new EntryProblem(name, "notJson");
    }
  }
  const rows = text.split(/[\n;]+/).map((row) => row.trim().split(/[\s,]+/).filter(Boolean).map((word) => numberOf(name, word)));
  const [first] = rows;
  return rows.length === 1 ? first : rows;
}

function numberOf(name: string, word: string): unknown {
  if (word === "true" || word === "false") return word === "true";
  if (["NaN", "Infinity", "-Infinity"].includes(word)) return word;
  // Integers beyond 2^53 stay texts, which the service takes.
  if (/^[+-]?\d{16,}$/.test(word)) return word;
  const number = Number(word);
  if (Number.isNaN(number)) throw new EntryProblem(name, "notNumbers");
  return number;
}

function shapeOf({ name, shape }: DeclarationFragment, entry: Entry, values: unknown, maxBatchSize: number): number[] {
  if (entry.shape.trim()) {
    const lengths = entry.shape.split(/[\s,×x[\]]+/).filter(Boolean).map(Number);
    if (lengths.some((length) => !Number.isInteger(length) || length < 0)) throw new EntryProblem(name, "shape");
    return lengths;
  }
  const nested = values === null ? null : nestedShape(name, values);
  const fixed = shape.map((length, index) => (length >= 0 ? length : index === 0 && maxBatchSize > 0 ? 1 : null));
  if (nested && nested.length === shape.length) return nested;
  const unknown = fixed.filter((length) => length === null).length;
  if (unknown === 0) return fixed as number[];
  // A flat list for a declaration with one open length: the list says how long it is.
  if (nested?.length === 1 && unknown === 1) {
    const known = fixed.reduce<number>((product, length) => product * (length ?? 1), 1);
    const open = nested[0]! / known;
    if (Number.isInteger(open)) return fixed.map((length) => length ?? open);
  }
  throw new EntryProblem(name, "shape");
}

function nestedShape(name: string, values: unknown): number[] {
  if (!Array.isArray(values)) return [];
  if (!values.length) return [0];
  const inner = values.map((value) => nestedShape(name, value));
  if (inner.some((shape) => shape.join() !== inner[0]!.join())) throw new EntryProblem(name, "ragged");
  return [values.length, ...inner[0]!];
}
