import { useQuery } from "@tanstack/react-query";
import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ask } from "../../api/ask";
import {
  DeleteApiTokenDocument,
  RevokeApiTokenDocument,
  RotateApiTokenDocument,
  TokenRefusalsDocument,
  type TokenFragment,
} from "../../api/generated/graphql";
import { useSubmit } from "../../app/useSubmit";
import { forget } from "../../session/newToken";
import { Confirmed } from "../../ui/Confirmed";
import { Loaded } from "../../ui/Loaded";
import { ProblemNote } from "../../ui/ProblemNote";
import { Moment } from "../../ui/Moment";
import { EditToken } from "./EditToken";

interface TokenCardProps {
  token: TokenFragment;
  /** Of the user's plan, each minute. */
  mostUnits: number | undefined;
  onRotated: (secret: string, token: TokenFragment) => void;
}

// There are many of them, and the page is drawn again with each letter of a search.
export const TokenCard = memo(function TokenCard({ token, mostUnits, onRotated }: TokenCardProps) {
  const { t } = useTranslation();
  const rotation = useSubmit(RotateApiTokenDocument, { renews: ["tokens"] });
  const revocation = useSubmit(RevokeApiTokenDocument, { renews: ["tokens"] });
  const deletion = useSubmit(DeleteApiTokenDocument, { renews: ["tokens"] });
  const problem = rotation.problem ?? revocation.problem ?? deletion.problem;
  const isActive = token.status === "ACTIVE";
  const rotate = async (keepOldFor: string) => {
    const done = await rotation.submit({ id: token.id, keepOldFor });
    if (done) onRotated(done.token, done.apiToken);
  };
  const end = async (by: (variables: { id: string }) => Promise<unknown>) => {
    if (await by({ id: token.id })) forget(token.id);
  };
  return (
    <li className="card token">
      <h2>
        {token.name} <code>…{token.hint}</code> <span className={`mark ${isActive ? "good" : "bad"}`}>{t(`tokens.status.${token.status}`)}</span>
      </h2>
      <dl>
        <dt>{t("tokens.scopes")}</dt>
        <dd>{token.scopes.map((scope) => t(`tokens.scope.${scope}`)).join(" · ")}</dd>
        {token.models && (
          <>
            <dt>{t("tokens.models")}</dt>
            <dd>{token.models.join(" · ")}</dd>
          </>
        )}
        {token.allowedNetworks && (
          <>
            <dt>{t("tokens.networks")}</dt>
            <dd>{token.allowedNetworks.join(" · ")}</dd>
          </>
        )}
        {token.unitsPerMinute !== null && (
          <>
            <dt>{t("tokens.units")}</dt>
            <dd>{token.unitsPerMinute}</dd>
          </>
        )}
        <dt>{t("tokens.lastUsed")}</dt>
        <dd>{token.lastUsedAt ? <Moment at={token.lastUsedAt} /> : t("tokens.never")}{token.lastUsedIpAddress && ` · ${token.lastUsedIpAddress}`}</dd>
        <dt>{t(token.revokedAt ? "tokens.revokedAt" : "tokens.expiresAt")}</dt>
        <dd>
          <Moment at={token.revokedAt ?? token.expiresAt} />
        </dd>
      </dl>
      {problem && <ProblemNote problem={problem} />}
      <div className="row">
        {isActive && (
          <>
            <EditToken token={token} mostUnits={mostUnits} />
            <Confirmed
              label={t("tokens.rotate")}
              title={t("tokens.rotateTitle", { name: token.name })}
              words={t("tokens.rotateWords")}
              choices={[
                { label: t("tokens.rotateKeep"), act: () => rotate("P1D") },
                { label: t("tokens.rotateNow"), isDangerous: true, act: () => rotate("PT0S") },
              ]}
            />
            <Confirmed
              label={t("tokens.revoke")}
              title={t("tokens.revokeTitle", { name: token.name })}
              words={t("tokens.revokeWords")}
              choices={[{ label: t("tokens.revoke"), isDangerous: true, act: () => end(revocation.submit) }]}
            />
          </>
        )}
        <Confirmed
          label={t("tokens.delete")}
          title={t("tokens.deleteTitle", { name: token.name })}
          words={t("tokens.deleteWords")}
          choices={[{ label: t("tokens.delete"), isDangerous: true, act: () => end(deletion.submit) }]}
        />
        <Refusals id={token.id} />
      </div>
    </li>
  );
});

function Refusals({ id }: { id: string }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {t("tokens.refusals")}
      </button>
      {isOpen && <RefusalList id={id} />}
    </>
  );
}

function RefusalList({ id }: { id: string }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ["refusals", id],
    queryFn: async ({ signal }) => (await ask(TokenRefusalsDocument, { id }, signal)).me?.apiToken?.refusals ?? [],
  });
  return (
    <Loaded query={query}>
      {(refusals) =>
        refusals.length ? (
          <ul className="refusals">
            {refusals.map(({ at, code, count, message, seenFrom }) => (
              <li key={`${at}${code}`}>
                <Moment at={at} /> · <code>{code}</code> × {count}
                {seenFrom && ` · ${seenFrom}`}
                <br />
                {message}
              </li>
            ))}
          </ul>
        ) : (
          <p>{t("tokens.noRefusals")}</p>
        )
      }
    </Loaded>
  );
}
