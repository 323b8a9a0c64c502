import { useInfiniteQuery } from "@tanstack/react-query";
import { memo, useDeferredValue, useEffect, useState } from "react";
import { Input, Label, SearchField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ask } from "../../api/ask";
import { ModelsDocument, type ModelsQuery } from "../../api/generated/graphql";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";

type ListedModel = NonNullable<ModelsQuery["models"]>["nodes"][number];

const PAGE = 100;

export function ModelsPage() {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const wanted = useDeferredValue(words.trim().toLowerCase());
  const query = useModels();
  return (
    <Page title={t("models.title")} lead={t("models.lead")}>
      <SearchField value={words} onChange={setWords} className="search">
        <Label>{t("models.search")}</Label>
        <Input />
      </SearchField>
      <Loaded query={query}>{(models) => <List models={models} words={wanted} />}</Loaded>
    </Page>
  );
}

// The names and descriptions of all models are needed for the search, which is done here: the service has no search.
function useModels() {
  const query = useInfiniteQuery({
    queryKey: ["models"],
    queryFn: async ({ pageParam, signal }) => (await ask(ModelsDocument, { first: PAGE, after: pageParam }, signal)).models!,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    select: ({ pages }) => pages.flatMap(({ nodes }) => nodes),
  });
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
  return query;
}

function List({ models, words }: { models: ListedModel[]; words: string }) {
  const { t } = useTranslation();
  const found = models.filter(({ name, description }) => `${name} ${description ?? ""}`.toLowerCase().includes(words));
  return (
    <>
      <p role="status" className="quiet">
        {models.length ? t("models.count", { count: found.length }) : t("models.none")}
      </p>
      <ul className="models">
        {found.map((model) => (
          <Card key={model.id} model={model} />
        ))}
      </ul>
    </>
  );
}

// A service may have a thousand models, which come page by page: each is drawn once.
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
