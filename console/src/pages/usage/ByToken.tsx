import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, own } from "../../api/ask";
import { UsageByTokenDocument } from "../../api/generated/graphql";
import { number } from "../../i18n";
import { Loaded } from "../../ui/Loaded";

const MOST = 20;

export function ByToken({ from, to }: { from: string; to: string }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ["usageByToken", from, to],
    queryFn: async ({ signal }) => own((await ask(UsageByTokenDocument, { from, to, first: MOST }, signal)).me).apiTokens!,
    staleTime: 30_000,
  });
  return (
    <Loaded query={query}>
      {({ nodes, pageInfo }) => {
        const used = nodes
          .map(({ id, name, hint, usage }) => ({
            id,
            name,
            hint,
            calls: total(usage, "calls"),
            failed: total(usage, "failed"),
            units: total(usage, "units"),
          }))
          .filter(({ units, calls }) => units + calls > 0)
          .sort((a, b) => b.units - a.units);
        return (
          <>
            {used.length ? (
              <div className="scroll" tabIndex={0}>
                <table className="wide">
                  <thead>
                    <tr>
                      <th scope="col">{t("usage.token")}</th>
                      <th scope="col" className="number">{t("usage.measures.units")}</th>
                      <th scope="col" className="number">{t("usage.measures.calls")}</th>
                      <th scope="col" className="number">{t("usage.measures.failed")}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {used.map(({ id, name, hint, units, calls, failed }) => (
                      <tr key={id}>
                        <th scope="row">
                          {name} <code>…{hint}</code>
                        </th>
                        <td className="number" data-name={t("usage.measures.units")}>{number(units)}</td>
                        <td className="number" data-name={t("usage.measures.calls")}>{number(calls)}</td>
                        <td className="number" data-name={t("usage.measures.failed")}>{number(failed)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            ) : (
              <p>{t("usage.none")}</p>
            )}
            {pageInfo.hasNextPage && <p className="quiet">{t("usage.newestTokens", { count: MOST })}</p>}
          </>
        );
      }}
    </Loaded>
  );
}

function total(points: readonly { calls: number; failed: number; units: number }[] | null, name: "calls" | "failed" | "units"): number {
  return (points ?? []).reduce((all, point) => all + point[name], 0);
}
