import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { ask, own } from "../../api/ask";
import { TokensDocument, type TokenFragment } from "../../api/generated/graphql";
import { useSearch } from "../../app/useSearch";
import { remember } from "../../session/newToken";
import { Loaded } from "../../ui/Loaded";
import { More } from "../../ui/More";
import { Page } from "../../ui/Page";
import { Search } from "../../ui/Search";
import { CreateToken } from "./CreateToken";
import { NewSecret } from "./NewSecret";
import { TokenCard } from "./TokenCard";

const PAGE = 20;
// A list that is seen at once needs no search.
const FEW = 5;

export function TokensPage() {
  const { t } = useTranslation();
  const [includeEnded, setIncludeEnded] = useState(false);
  const { words, setWords, search } = useSearch();
  const [secret, setSecret] = useState<{ token: string; name: string } | null>(null);
  const query = useInfiniteQuery({
    queryKey: ["tokens", includeEnded, search],
    queryFn: async ({ pageParam, signal }) => own((await ask(TokensDocument, { first: PAGE, after: pageParam, includeEnded, search }, signal)).me),
    initialPageParam: null as string | null,
    getNextPageParam: ({ apiTokens }) => (apiTokens?.pageInfo.hasNextPage ? apiTokens.pageInfo.endCursor : undefined),
    placeholderData: keepPreviousData,
  });
  const show = useCallback((token: string, { id, name }: TokenFragment) => {
    remember({ id, name, secret: token });
    setSecret({ token, name });
  }, []);
  const [first] = query.data?.pages ?? [];
  const count = first?.apiTokens?.totalCount ?? 0;
  const all = first?.all?.totalCount ?? 0;
  return (
    <Page title={t("tokens.title")} lead={t("tokens.lead")}>
      {secret && <NewSecret {...secret} onClose={() => setSecret(null)} />}
      <CreateToken plan={first?.plan} onCreated={show} />
      {(all > FEW || words) && <Search label={t("models.search")} value={words} onChange={setWords} hint={t("tokens.searchHint")} />}
      {(all > count || includeEnded) && (
        <label className="check">
          <input type="checkbox" checked={includeEnded} onChange={(event) => setIncludeEnded(event.target.checked)} />
          {t("tokens.includeEnded")}
        </label>
      )}
      <Loaded query={query}>
        {({ pages }) => (
          <>
            <p role="status" className="quiet">
              {count > 0 && t("tokens.count", { count })}
            </p>
            {count === 0 && <p className="card empty">{t(search ? "tokens.notFound" : "tokens.none")}</p>}
            <ul className="tokens">
              {pages.flatMap(({ apiTokens }) => apiTokens?.nodes ?? []).map((token) => (
                <TokenCard key={token.id} token={token} mostUnits={first?.plan?.unitsPerMinute} onRotated={show} />
              ))}
            </ul>
            <More query={query} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
