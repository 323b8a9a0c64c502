import { createContext, useContext } from "react";

/** Where operations go, and with which credential. */
export interface Service {
  endpoint: URL;
  /** With each request. The API allows pages of other origins no others than these. */
  headers: { "GraphQL-Require-Preflight": "1"; Authorization?: string };
  /** Whether the browser sends the cookie of the session. */
  credentials: "same-origin" | "omit";
}

export const ServiceContext = createContext<Service | null>(null);

export function useService(): Service {
  const service = useContext(ServiceContext);
  if (!service) throw new Error("There is no ServiceContext around this component.");
  return service;
}
