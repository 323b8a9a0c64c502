// What an output holds, beside numbers and texts.

import type { TensorFragment } from "../../api/generated/graphql";
import type { GraphqlError } from "../../api/refused";

/** The values of an output of BYTES that are no text. The output then has its `base64`. */
export function isNoText({ path, extensions }: GraphqlError): boolean {
  return extensions?.code === "INVALID_TENSOR" && path?.at(-1) === "values";
}

/** The image that an output is: a UINT8 tensor of [height, width, 3 or 4], or as many of the batch. */
export function pixelsOf({ datatype, shape, values }: TensorFragment): ImageData[] {
  const [height = 0, width = 0, channels = 0] = shape.slice(-3);
  if (datatype !== "UINT8" || ![3, 4].includes(channels) || shape.length > 4 || Math.min(height, width) < SMALLEST || !Array.isArray(values)) return [];
  const size = height * width * channels;
  return Array.from({ length: values.length / size }, (_, index) => image(values.slice(index * size, (index + 1) * size), width, height, channels));
}

// Smaller ones are more likely coordinates or classes.
const SMALLEST = 8;

function image(values: number[], width: number, height: number, channels: number): ImageData {
  const pixels = new Uint8ClampedArray(width * height * 4).fill(255);
  values.forEach((value, index) => (pixels[Math.floor(index / channels) * 4 + (index % channels)] = value));
  return new ImageData(pixels, width, height);
}

/** The elements of an output of BYTES that are files of images. */
export function imagesIn(base64: string): Blob[] {
  return elementsOf(base64).flatMap((bytes) => {
    const found = BEGINNINGS.find(([, beginning]) => beginning.every((byte, index) => bytes[index] === byte));
    return found ? [new Blob([bytes], { type: found[0] })] : [];
  });
}

const BEGINNINGS: [string, number[]][] = [
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/png", [0x89, 0x50, 0x4e, 0x47]],
  ["image/gif", [0x47, 0x49, 0x46, 0x38]],
  ["image/webp", [0x52, 0x49, 0x46, 0x46]],
  ["image/bmp", [0x42, 0x4d]],
];

// Each element follows its length in 4 little-endian bytes.
function elementsOf(base64: string): Uint8Array<ArrayBuffer>[] {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const elements: Uint8Array<ArrayBuffer>[] = [];
  for (let start = 0; start + 4 <= bytes.length; ) {
    const end = start + 4 + view.getUint32(start, true);
    elements.push(bytes.slice(start + 4, end));
    start = end;
  }
  return elements;
}
