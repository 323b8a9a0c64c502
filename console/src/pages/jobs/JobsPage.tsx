import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ask, own } from "../../api/ask";
import { JobsDocument } from "../../api/generated/graphql";
import { number } from "../../i18n";
import { Loaded } from "../../ui/Loaded";
import { More } from "../../ui/More";
import { Moment } from "../../ui/Moment";
import { Page } from "../../ui/Page";
import { StateMark } from "./StateMark";

const PAGE = 50;

export function JobsPage() {
  const { t } = useTranslation();
  const query = useInfiniteQuery({
    queryKey: ["jobs"],
    queryFn: async ({ pageParam, signal }) => own((await ask(JobsDocument, { first: PAGE, after: pageParam }, signal)).me).jobs!,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    refetchInterval: 5_000,
  });
  return (
    <Page title={t("jobs.title")} lead={t("jobs.lead")}>
      <Loaded query={query}>
        {({ pages }) => {
          const jobs = pages.flatMap(({ nodes }) => nodes);
          if (!jobs.length) {
            return (
              <p className="card empty">
                {t("jobs.none")} <Link to="/models">{t("nav.models")}</Link>
              </p>
            );
          }
          return (
            <>
              <div className="scroll card" tabIndex={0}>
                <table className="wide">
                  <thead>
                    <tr>
                      <th scope="col">{t("jobs.made")}</th>
                      <th scope="col">{t("usage.model")}</th>
                      <th scope="col">{t("jobs.state")}</th>
                      <th scope="col" className="number">{t("usage.measures.units")}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {jobs.map(({ id, createdAt, model, state, units }) => (
                      <tr key={id}>
                        <th scope="row">
                          <Link to={`/jobs/${encodeURIComponent(id)}`}>
                            <Moment at={createdAt} />
                          </Link>
                        </th>
                        <td data-name={t("usage.model")}>{model}</td>
                        <td data-name={t("jobs.state")}>
                          <StateMark state={state} />
                        </td>
                        <td className="number" data-name={t("usage.measures.units")}>{number(units)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              <More query={query} />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
