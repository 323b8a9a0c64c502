import "./ui/pieces.css";
import "./ui/styles.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router/dom";
import { SERVICE } from "./api/ask";
import { ServiceContext } from "./api/service";
import { makeQueries } from "./app/queries";
import { router } from "./app/router";
import { startLanguage } from "./i18n";
import { followOtherTabs, SESSION } from "./session/session";

const queries = makeQueries();
followOtherTabs(queries);
void queries.prefetchQuery(SESSION);
await startLanguage();
createRoot(document.getElementById("app")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <ServiceContext value={SERVICE}>
        <RouterProvider router={router} />
      </ServiceContext>
    </QueryClientProvider>
  </StrictMode>,
);
