// The API token that was made last in this tab, for the calls to copy. It is in the memory of the page and nowhere else.

interface NewToken {
  id: string;
  name: string;
  secret: string;
}

let newest: NewToken | null = null;

export function newToken(): NewToken | null {
  return newest;
}

export function remember(token: NewToken): void {
  newest = token;
}

/** Once it is revoked or deleted; without an id, whichever it is. */
export function forget(id?: string): void {
  if (id === undefined || newest?.id === id) newest = null;
}
