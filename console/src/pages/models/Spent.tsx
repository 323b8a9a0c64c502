import { useTranslation } from "react-i18next";
import type { SpentFragment } from "../../api/generated/graphql";

/** What a call cost, and what is left. */
export function Spent({ spent: { cost, windows } }: { spent: SpentFragment }) {
  const { t } = useTranslation();
  // Such as `day`, or `model-day:similarity`.
  const nameOf = (window: string) => {
    const [kind, model] = window.split(/:(.*)/);
    return t(`spent.windows.${kind}` as never, { model, defaultValue: window });
  };
  return (
    <p className="quiet">
      {t("spent.cost", { count: cost })}{" "}
      {windows.map(({ name, remaining, limit }) => t("spent.left", { window: nameOf(name), remaining, limit })).join(" · ")}
    </p>
  );
}
