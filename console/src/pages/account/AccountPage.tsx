import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, own } from "../../api/ask";
import { AccountDocument, type AccountQuery } from "../../api/generated/graphql";
import { number } from "../../i18n";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { Address } from "./Address";
import { Events } from "./Events";
import { Farewell } from "./Farewell";
import { Password } from "./Password";
import { Profile } from "./Profile";
import { Sessions } from "./Sessions";
import { Webhooks } from "./Webhooks";
import { TwoFactor } from "./TwoFactor";

export type Me = NonNullable<AccountQuery["me"]>;

export function AccountPage() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ["account"],
    queryFn: async ({ signal }) => own((await ask(AccountDocument, {}, signal)).me),
  });
  return (
    <Page title={t("account.title")}>
      <Loaded query={query}>
        {(me) => (
          <div className="sections">
            <Plan plan={me.plan} />
            <Profile me={me} />
            <Address email={me.email} />
            <Password email={me.email} />
            <TwoFactor isOn={me.twoFactor} />
            <Webhooks />
            <Sessions sessions={me.sessions ?? []} />
            <Events />
            <Farewell />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Plan({ plan }: { plan: Me["plan"] }) {
  const { t } = useTranslation();
  return (
    <section className="card">
      <h2>{t("account.plan", { name: plan.name })}</h2>
      <dl>
        <dt>{t("account.perMinute")}</dt>
        <dd>{number(plan.unitsPerMinute)}</dd>
        <dt>{t("account.perDay")}</dt>
        <dd>{number(plan.unitsPerDay)}</dd>
        <dt>{t("account.atOnce")}</dt>
        <dd>{number(plan.concurrentRequests)}</dd>
        <dt>{t("account.tokens")}</dt>
        <dd>{number(plan.maxApiTokens)}</dd>
      </dl>
    </section>
  );
}
