// The language of the page: what the user chose here, else the first language of the browser that there is.

import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type en from "./en.json";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}

export const LANGUAGES = { en: "English", "zh-Hant": "繁體中文", ja: "日本語" } as const;
export type Language = keyof typeof LANGUAGES;

const CHOICE = "gatehouse:language";
const TEXTS: Record<Language, () => Promise<{ default: object }>> = {
  en: () => import("./en.json"),
  "zh-Hant": () => import("./zh-Hant.json"),
  ja: () => import("./ja.json"),
};

export async function startLanguage(): Promise<void> {
  await i18next.use(initReactI18next).init({
    fallbackLng: false,
    interpolation: { escapeValue: false },
    returnNull: false,
    resources: {},
  });
  await show(chosen() ?? preferred(navigator.languages));
}

export async function choose(language: Language): Promise<void> {
  window.localStorage.setItem(CHOICE, language);
  await show(language);
}

export function current(): Language {
  return i18next.language as Language;
}

async function show(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "translation")) {
    i18next.addResourceBundle(language, "translation", (await TEXTS[language]()).default);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

function chosen(): Language | null {
  const kept = window.localStorage.getItem(CHOICE);
  return kept !== null && kept in LANGUAGES ? (kept as Language) : null;
}

/** Browsers name Chinese as `zh-TW`, `zh-Hant-HK` or `zh`. The mails are in traditional Chinese only, and so is the page. */
function preferred(wanted: readonly string[]): Language {
  const byPrimary: Record<string, Language> = { en: "en", zh: "zh-Hant", ja: "ja" };
  for (const tag of wanted) {
    const language = byPrimary[tag.split("-")[0]?.toLowerCase() ?? ""];
    if (language) return language;
  }
  return "en";
}
