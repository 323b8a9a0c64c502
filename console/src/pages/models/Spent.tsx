import { useTranslation } from "react-i18next";
import type { SpentFragment } from "../../api/generated/graphql";

/** What a call cost, and what is left. */
export function Spent({ spent: { cost, windows } }: { spent: SpentFragment }) {
  const { t } = useTranslation();
  return (
    <p className="quiet">
      {t("spent.cost", { count: cost })}{" "}
      {windows.map(({ name, remaining, limit }) => t("spent.left", { name, remaining, limit })).join(" · ")}
    </p>
  );
}
