// The headers `RateLimit` and `RateLimit-Policy`. A stream has no other place for what is left.

export interface Left {
  name: string;
  limit: number;
  remaining: number;
}

/** As `rateLimit { windows }` has it. Nothing without the headers. */
export function leftIn(headers: Headers): Left[] {
  const limits = numbers(headers.get("RateLimit-Policy"), "q");
  return [...numbers(headers.get("RateLimit"), "r")].flatMap(([name, remaining]) => {
    const limit = limits.get(name);
    return limit === undefined ? [] : [{ name: decodeURIComponent(name), limit, remaining }];
  });
}

// Such as `"minute";r=115;t=60, "day";r=9995;t=3600`.
function numbers(field: string | null, parameter: string): Map<string, number> {
  const found = (field ?? "").matchAll(new RegExp(`"([^"]*)"[^,]*?;${parameter}=(\\d+)`, "g"));
  return new Map([...found].map(([, name, number]) => [name!, Number(number)]));
}
