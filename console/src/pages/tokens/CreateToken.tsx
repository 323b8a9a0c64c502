import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CreateApiTokenDocument, type Scope, type TokenFragment, type TokensQuery } from "../../api/generated/graphql";
import { useSubmit } from "../../app/useSubmit";
import { Field } from "../../ui/fields";
import { SubmitForm } from "../../ui/SubmitForm";
import { Restrictions, restrictionsOf } from "./Restrictions";

type Plan = NonNullable<TokensQuery["me"]>["plan"];

const LIFETIMES = ["PT1H", "P1D", "P7D", "P1Y"] as const;
const SCOPES: readonly Scope[] = ["INFER", "READ"];

export function CreateToken({ plan, onCreated }: { plan: Plan | undefined; onCreated: (secret: string, token: TokenFragment) => void }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const [lifetime, setLifetime] = useState<string>("P7D");
  const [scopes, setScopes] = useState<Scope[]>([...SCOPES]);
  const creation = useSubmit(CreateApiTokenDocument, { renews: ["tokens"] });
  const submit = async ({ name = "", until = "", ...restrictions }: Record<string, string>) => {
    const done = await creation.submit({
      input: {
        name,
        scopes,
        expiresIn: lifetime === "date" ? durationUntil(until) : lifetime,
        ...restrictionsOf(restrictions),
      },
    });
    if (!done) return;
    setOpen(false);
    onCreated(done.token, done.apiToken);
  };
  return (
    <section className="card">
      <button type="button" className={isOpen ? "" : "primary"} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {t(isOpen ? "tokens.cancel" : "tokens.create")}
      </button>
      {isOpen && (
        <div className="opened">
          <SubmitForm button={t("tokens.createButton")} {...creation} onSubmit={submit}>
            <Field label={t("tokens.name")} hint={t("tokens.nameHint")} name="name" maxLength={80} autoComplete="off" autoFocus isRequired />
            <label>
              {t("tokens.lifetime")}
              <select value={lifetime} onChange={(event) => setLifetime(event.target.value)}>
                {LIFETIMES.map((length) => (
                  <option key={length} value={length}>
                    {t(`tokens.lifetimes.${length}`)}
                  </option>
                ))}
                <option value="date">{t("tokens.lifetimes.date")}</option>
              </select>
            </label>
            {lifetime === "date" && <Field label={t("tokens.until")} name="until" type="date" isRequired />}
            <fieldset className="choices">
              <legend>{t("tokens.scopes")}</legend>
              {SCOPES.map((scope) => (
                <label key={scope} className="check">
                  <input type="checkbox" checked={scopes.includes(scope)} onChange={({ target }) => setScopes(SCOPES.filter((one) => (one === scope ? target.checked : scopes.includes(one))))} />
                  {t(`tokens.scope.${scope}`)}
                </label>
              ))}
            </fieldset>
            <details>
              <summary>{t("tokens.limits")}</summary>
              <Restrictions mostUnits={plan?.unitsPerMinute} />
            </details>
          </SubmitForm>
        </div>
      )}
    </section>
  );
}

/** From now to the end of the day, in the time zone of the browser. */
function durationUntil(day: string): string {
  const seconds = Math.round((new Date(`${day}T23:59:59`).getTime() - Date.now()) / 1000);
  return `PT${Math.max(1, seconds)}S`;
}
