import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask } from "../../api/ask";
import { AuditLogDocument } from "../../api/generated/graphql";
import { useSearch } from "../../app/useSearch";
import { EventList } from "../../ui/EventList";
import { Loaded } from "../../ui/Loaded";
import { More } from "../../ui/More";
import { Page } from "../../ui/Page";
import { Search } from "../../ui/Search";
import { AdminPages } from "./AdminPages";

const PAGE = 50;

export function AuditLogPage() {
  const { t } = useTranslation();
  const { words, setWords, search } = useSearch();
  const action = search?.toUpperCase().replaceAll(" ", "_") || null;
  const query = useInfiniteQuery({
    queryKey: ["auditLog", action],
    queryFn: async ({ pageParam, signal }) => (await ask(AuditLogDocument, { first: PAGE, after: pageParam, action }, signal)).auditEvents!,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    placeholderData: keepPreviousData,
  });
  return (
    <Page title={t("admin.log")}>
      <AdminPages />
      <Search label={t("admin.action")} value={words} onChange={setWords} placeholder="USER_SUSPENDED" />
      <Loaded query={query}>
        {({ pages }) => (
          <section className="card">
            <EventList events={pages.flatMap(({ nodes }) => nodes)} />
            <More query={query} />
          </section>
        )}
      </Loaded>
    </Page>
  );
}
