import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ask } from "../../api/ask";
import { ModelsDocument, type ModelsQuery } from "../../api/generated/graphql";
import { useSearch } from "../../app/useSearch";
import { Loaded } from "../../ui/Loaded";
import { More } from "../../ui/More";
import { Page } from "../../ui/Page";
import { Search } from "../../ui/Search";

type ListedModel = NonNullable<ModelsQuery["models"]>["nodes"][number];

// Full rows of two, three and four.
const PAGE = 48;

export function ModelsPage() {
  const { t } = useTranslation();
  const { words, setWords, search } = useSearch();
  const query = useInfiniteQuery({
    queryKey: ["models", search],
    queryFn: async ({ pageParam, signal }) => (await ask(ModelsDocument, { first: PAGE, after: pageParam, search }, signal)).models!,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    placeholderData: keepPreviousData,
  });
  return (
    <Page title={t("models.title")} lead={t("models.lead")}>
      <Search label={t("models.search")} value={words} onChange={setWords} />
      <Loaded query={query}>
        {({ pages }) => {
          const count = pages[0]?.totalCount ?? 0;
          return (
            <>
              <p role="status" className="quiet">
                {count || search ? t("models.count", { count }) : t("models.none")}
              </p>
              <ul className="models">
                {pages.flatMap(({ nodes }) => nodes).map((model) => (
                  <Card key={model.id} model={model} />
                ))}
              </ul>
              <More query={query} />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

// Drawn once, and not again with each letter of a search.
const Card = memo(function Card({ model }: { model: ListedModel }) {
  const { t } = useTranslation();
  return (
    <li className="card">
      <h2>
        <Link to={`/models/${encodeURIComponent(model.name)}`}>{model.name}</Link>
      </h2>
      <p>{model.description}</p>
      <p className="marks">
        <span>{t("models.cost", { count: model.cost })}</span>
        {!model.ready && <span className="mark bad">{t("models.notReady")}</span>}
        {model.streams && <span className="mark">{t("models.streaming")}</span>}
      </p>
    </li>
  );
});
