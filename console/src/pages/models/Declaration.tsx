import { useTranslation } from "react-i18next";
import type { DeclarationFragment } from "../../api/generated/graphql";
import type { Model } from "./ModelPage";

export function Declaration({ model }: { model: Model }) {
  const { t } = useTranslation();
  return (
    <details className="card">
      <summary>{t("model.declaration")}</summary>
      <Tensors title={t("model.inputs")} tensors={model.inputs} />
      <Tensors title={t("model.outputs")} tensors={model.outputs} />
      {model.maxBatchSize > 0 && <p>{t("model.batch", { count: model.maxBatchSize })}</p>}
    </details>
  );
}

function Tensors({ title, tensors }: { title: string; tensors: readonly DeclarationFragment[] }) {
  const { t } = useTranslation();
  return (
    <div className="scroll" tabIndex={0}>
      <table>
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">{t("model.name")}</th>
            <th scope="col">{t("model.datatype")}</th>
            <th scope="col">{t("model.shape")}</th>
          </tr>
        </thead>
        <tbody>
          {tensors.map(({ name, datatype, shape }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{datatype}</td>
              <td>{`[${shape.join(", ")}]`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
