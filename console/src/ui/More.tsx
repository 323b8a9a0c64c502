import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

type Pages = Pick<UseInfiniteQueryResult, "hasNextPage" | "isFetchingNextPage" | "fetchNextPage">;

/** Reads the next page of a list, if there is one. It keeps the focus meanwhile, which a disabled button would lose. */
export function More({ query: { hasNextPage, isFetchingNextPage, fetchNextPage } }: { query: Pages }) {
  const { t } = useTranslation();
  if (!hasNextPage) return null;
  return (
    <p className="ways">
      <button type="button" aria-disabled={isFetchingNextPage || undefined} onClick={() => isFetchingNextPage || void fetchNextPage()}>
        {t(isFetchingNextPage ? "form.loading" : "form.more")}
      </button>
    </p>
  );
}
