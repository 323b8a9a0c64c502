export const LANGUAGES = { en: "English", "zh-Hant": "繁體中文", ja: "日本語" } as const;
export type Language = keyof typeof LANGUAGES;

/** Browsers name Chinese as `zh-TW`, `zh-Hant-HK` or `zh`. The mails are in traditional Chinese only, and so is the page. */
export function preferred(wanted: readonly string[]): Language {
  const byPrimary: Record<string, Language> = { en: "en", zh: "zh-Hant", ja: "ja" };
  for (const tag of wanted) {
    const language = byPrimary[tag.split("-")[0]?.toLowerCase() ?? ""];
    if (language) return language;
  }
  return "en";
}
