// Where the console is served. The server writes the way from the page to this place into the page, so that it also
// works below a path of a proxy.

const meta = document.querySelector<HTMLMetaElement>('meta[name="gatehouse-root"]');

/** Ends with a slash. */
export const ROOT = new URL(meta?.content ?? "/", window.location.href);

export const SETTINGS = {
  catchesMails: document.querySelector<HTMLMetaElement>('meta[name="gatehouse-catches-mails"]')?.content === "true",
  passwordMinLength: Number(document.querySelector<HTMLMetaElement>('meta[name="gatehouse-password-min-length"]')?.content ?? 15),
  hasGraphiql: document.querySelector<HTMLMetaElement>('meta[name="gatehouse-graphiql"]')?.content === "true",
};
