import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button, Input, Label, SearchField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { ask } from "../../api/ask";
import { AuditLogDocument } from "../../api/generated/graphql";
import { EventList } from "../../ui/EventList";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { AdminPages } from "./AdminPages";

const PAGE = 50;

export function AuditLogPage() {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const action = typed.trim().toUpperCase().replaceAll(" ", "_") || null;
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
      <SearchField className="search" onSubmit={setTyped} onClear={() => setTyped("")}>
        <Label>{t("admin.action")}</Label>
        <Input placeholder="USER_SUSPENDED" />
      </SearchField>
      <Loaded query={query}>
        {({ pages }) => (
          <section className="card">
            <EventList events={pages.flatMap(({ nodes }) => nodes)} />
            {query.hasNextPage && (
              <Button onPress={() => void query.fetchNextPage()} isDisabled={query.isFetchingNextPage}>
                {t("events.more")}
              </Button>
            )}
          </section>
        )}
      </Loaded>
    </Page>
  );
}
