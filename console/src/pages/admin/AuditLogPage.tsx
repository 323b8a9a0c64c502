import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { ask } from "../../api/ask";
import { AuditLogDocument } from "../../api/generated/graphql";
import { Choice } from "../../ui/Choice";
import { EventList } from "../../ui/EventList";
import { Loaded } from "../../ui/Loaded";
import { More } from "../../ui/More";
import { Page } from "../../ui/Page";
import { AdminPages } from "./AdminPages";

const PAGE = 50;

export function AuditLogPage() {
  const { t, i18n } = useTranslation();
  const [parameters, setParameters] = useSearchParams();
  const action = parameters.get("kind") ?? "";
  // Each kind of event has a text, so the texts are the kinds. They are in the order of the language.
  const names: Record<string, string> = t("events.actions", { returnObjects: true });
  const kinds = Object.keys(names).sort((one, other) => names[one]!.localeCompare(names[other]!, i18n.language));
  const query = useInfiniteQuery({
    queryKey: ["auditLog", action],
    queryFn: async ({ pageParam, signal }) => (await ask(AuditLogDocument, { first: PAGE, after: pageParam, action: action || null }, signal)).auditEvents!,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    placeholderData: keepPreviousData,
  });
  return (
    <Page title={t("admin.log")}>
      <AdminPages />
      <Choice
        label={t("admin.action")}
        value={action}
        onChange={(kind) => setParameters(kind ? { kind } : {}, { replace: true, preventScrollReset: true })}
        choices={[...new Set(["", action, ...kinds])]}
        nameOf={(kind) => (kind ? (names[kind] ?? kind) : t("admin.states.ANY"))}
      />
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
