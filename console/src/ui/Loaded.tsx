import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { problemOfError } from "../api/refusals";
import { ProblemNote } from "./ProblemNote";

/** What a query has, or that it is on its way, or why it is not there. */
export function Loaded<Data>({ query, children }: { query: UseQueryResult<Data>; children: (data: Data) => ReactNode }) {
  const { t } = useTranslation();
  return (
    <>
      {query.error && (
        <div className="failed">
          <ProblemNote problem={problemOfError(query.error)} />
          <button type="button" onClick={() => void query.refetch()}>{t("form.again")}</button>
        </div>
      )}
      {query.data !== undefined && children(query.data)}
      {query.isPending && <p className="quiet" aria-busy>{t("form.loading")}</p>}
    </>
  );
}
