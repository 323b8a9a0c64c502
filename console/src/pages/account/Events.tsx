import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, own } from "../../api/ask";
import { SecurityEventsDocument } from "../../api/generated/graphql";
import { EventList } from "../../ui/EventList";
import { Loaded } from "../../ui/Loaded";
import { More } from "../../ui/More";

const PAGE = 10;

export function Events() {
  const { t } = useTranslation();
  const query = useInfiniteQuery({
    queryKey: ["events"],
    queryFn: async ({ pageParam, signal }) => own((await ask(SecurityEventsDocument, { first: PAGE, after: pageParam }, signal)).me).securityEvents!,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
  });
  return (
    <section className="card across">
      <h2>{t("events.title")}</h2>
      <Loaded query={query}>
        {({ pages }) => (
          <>
            <EventList events={pages.flatMap(({ nodes }) => nodes)} />
            <More query={query} />
          </>
        )}
      </Loaded>
    </section>
  );
}
