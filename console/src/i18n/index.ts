// The language of the page: what the user chose here, else the first language of the browser that there is.

import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type en from "./en.json";
import { LANGUAGES, preferred, type Language } from "./languages";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}

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

/** A number as the language of the page has it. */
export function number(value: number): string {
  return value.toLocaleString(current());
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
