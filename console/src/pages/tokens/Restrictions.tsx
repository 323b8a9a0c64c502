import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask } from "../../api/ask";
import { ModelsDocument, type TokenFragment } from "../../api/generated/graphql";
import { Field } from "../../ui/fields";
import { ListField, wordsOf } from "../../ui/ListField";

// More names than these are no help while somebody types.
const SUGGESTED = 100;

interface RestrictionsProps {
  token?: TokenFragment;
  /** Of the user's plan. */
  mostUnits: number | undefined;
}

/** The fields for what a token may do less than its owner. */
export function Restrictions({ token, mostUnits }: RestrictionsProps) {
  const { t } = useTranslation();
  const { data: models } = useQuery({
    queryKey: ["modelNames"],
    queryFn: async ({ signal }) => (await ask(ModelsDocument, { first: SUGGESTED, after: null, search: null }, signal)).models?.nodes ?? [],
    staleTime: 60_000,
  });
  return (
    <>
      <ListField label={t("tokens.models")} hint={t("tokens.modelsHint")} name="models" defaultValue={token?.models ?? []} suggestions={models?.map(({ name }) => name)} />
      <ListField label={t("tokens.networks")} hint={t("tokens.networksHint")} name="allowedNetworks" defaultValue={token?.allowedNetworks ?? []} />
      <Field
        label={t("tokens.units")}
        hint={mostUnits && t("tokens.unitsHint", { most: mostUnits })}
        name="unitsPerMinute"
        type="number"
        defaultValue={String(token?.unitsPerMinute ?? "")}
        autoComplete="off"
      />
    </>
  );
}

/** What the fields hold. Empty ones are null: no restriction. */
export function restrictionsOf({ models = "", allowedNetworks = "", unitsPerMinute = "" }: Record<string, string>) {
  return { models: listOf(models), allowedNetworks: listOf(allowedNetworks), unitsPerMinute: unitsPerMinute ? Number(unitsPerMinute) : null };
}

function listOf(typed: string): string[] | null {
  const words = wordsOf(typed);
  return words.length ? words : null;
}
