export interface PlacedFile {
  path: string;
  file: Blob;
}

/** The files in the variables of an operation, with their paths, as the GraphQL multipart request specification names them. */
export function filesOf(value: unknown, path = "variables"): PlacedFile[] {
  if (value instanceof Blob) return [{ path, file: value }];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([name, inner]) => filesOf(inner, `${path}.${name}`));
}
