// The texts of the embedded form: those of the console that its components show. Each element may have another language.

import i18next, { type i18n } from "i18next";
import * as en from "./en";
import * as ja from "./ja";
import * as zhHant from "./zh-Hant";
import { preferred, type Language } from "../../i18n/languages";

const TEXTS = { en: shown(en), "zh-Hant": shown(zhHant), ja: shown(ja) };

// English has more forms of plurals than the others.
function shown(texts: typeof ja) {
  return { translation: { ...texts, problems: { ...texts.problems, ...texts.embed.problems } } };
}

const MADE = new Map<Language, i18n>();

export function textsIn(language: Language): i18n {
  const made = MADE.get(language) ?? i18next.createInstance();
  if (!made.isInitialized) {
    void made.init({ lng: language, fallbackLng: false, interpolation: { escapeValue: false }, returnNull: false, resources: TEXTS, initAsync: false });
    MADE.set(language, made);
  }
  return made;
}

/** As the nearest `lang` of the page says; else what the browser wants. */
export function languageOf(element: Element): Language {
  const given = element.closest("[lang]")?.getAttribute("lang");
  return preferred(given ? [given, ...navigator.languages] : navigator.languages);
}
