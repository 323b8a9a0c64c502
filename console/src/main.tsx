import "./ui/styles.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router/dom";
import { makeQueries } from "./app/queries";
import { router } from "./app/router";
import { startLanguage } from "./i18n";

await startLanguage();
createRoot(document.getElementById("app")!).render(
  <StrictMode>
    <QueryClientProvider client={makeQueries()}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
