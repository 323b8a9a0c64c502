import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { Button, Checkbox, Input, Label, SearchField, Text } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { ask, own } from "../../api/ask";
import { TokensDocument, type TokenFragment } from "../../api/generated/graphql";
import { remember } from "../../session/newToken";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { CreateToken } from "./CreateToken";
import { NewSecret } from "./NewSecret";
import { TokenCard } from "./TokenCard";

const PAGE = 50;

export function TokensPage() {
  const { t } = useTranslation();
  const [includeEnded, setIncludeEnded] = useState(false);
  const [words, setWords] = useState("");
  const search = useDeferredValue(words.trim()) || null;
  const [secret, setSecret] = useState<{ token: string; name: string } | null>(null);
  const query = useInfiniteQuery({
    queryKey: ["tokens", includeEnded, search],
    queryFn: async ({ pageParam, signal }) => own((await ask(TokensDocument, { first: PAGE, after: pageParam, includeEnded, search }, signal)).me),
    initialPageParam: null as string | null,
    getNextPageParam: ({ apiTokens }) => (apiTokens?.pageInfo.hasNextPage ? apiTokens.pageInfo.endCursor : undefined),
    placeholderData: keepPreviousData,
  });
  const show = (token: string, { id, name }: TokenFragment) => {
    remember({ id, name, secret: token });
    setSecret({ token, name });
  };
  return (
    <Page title={t("tokens.title")} lead={t("tokens.lead")}>
      {secret && <NewSecret {...secret} onClose={() => setSecret(null)} />}
      <CreateToken plan={query.data?.pages[0]?.plan} onCreated={show} />
      <SearchField value={words} onChange={setWords} className="search" maxLength={80}>
        <Label>{t("models.search")}</Label>
        <Input />
        <Text slot="description">{t("tokens.searchHint")}</Text>
      </SearchField>
      <Checkbox isSelected={includeEnded} onChange={setIncludeEnded}>
        <span className="box" aria-hidden />
        {t("tokens.includeEnded")}
      </Checkbox>
      <Loaded query={query}>
        {({ pages }) => (
          <>
            <p role="status" className="quiet">
              {t("tokens.count", { count: pages[0]?.apiTokens?.totalCount ?? 0 })}
            </p>
            {pages[0]?.apiTokens?.totalCount === 0 && <p className="card empty">{t(search ? "tokens.notFound" : "tokens.none")}</p>}
            <ul className="tokens">
              {pages.flatMap(({ apiTokens }) => apiTokens?.nodes ?? []).map((token) => (
                <TokenCard key={token.id} token={token} mostUnits={pages[0]?.plan?.unitsPerMinute} onRotated={show} />
              ))}
            </ul>
            {query.hasNextPage && (
              <Button onPress={() => void query.fetchNextPage()} isDisabled={query.isFetchingNextPage}>
                {t("tokens.more")}
              </Button>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}
