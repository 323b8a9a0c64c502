import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { ask } from "../../api/ask";
import { ModelDetailsDocument, type ModelDetailsQuery } from "../../api/generated/graphql";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { Declaration } from "./Declaration";
import { ModelCall } from "./ModelCall";

// Which `readText` and `readDocument` call.
const TEXT_READER = "text_reader";

export type Model = NonNullable<ModelDetailsQuery["model"]>;

export function ModelPage() {
  const { t } = useTranslation();
  const name = useParams().name ?? "";
  const query = useQuery({
    queryKey: ["model", name],
    queryFn: async ({ signal }) => (await ask(ModelDetailsDocument, { name }, signal)).model!,
  });
  return (
    <Page title={name} lead={query.data?.description}>
      <Loaded query={query}>
        {(model) => (
          <>
            <p className="marks">
              <span>{t("models.cost", { count: model.cost })}</span>
              <span>{t("model.version", { version: model.version ?? "–" })}</span>
              {!model.ready && <span className="mark bad">{t("models.notReady")}</span>}
            </p>
            {model.name === TEXT_READER && (
              <p>
                {t("model.readTextLead")} <Link to="/read-text">{t("readText.title")}</Link>
              </p>
            )}
            {model.uncallableReason ? <p className="note">{model.uncallableReason}</p> : <ModelCall key={model.name} model={model} />}
            <Declaration model={model} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
