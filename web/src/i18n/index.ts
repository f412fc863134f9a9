import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { Preferences } from "@/core/model";
import { en } from "./en";
import { ru } from "./ru";

/** The language to show: the chosen one, else the browser's first that we have. */
export function pickLanguage(choice: Preferences["language"], browser: readonly string[]): "en" | "ru" {
  if (choice !== "system") return choice;
  for (const tag of browser) {
    const language = tag.slice(0, 2).toLowerCase();
    if (language === "ru" || language === "en") return language;
  }
  return "en";
}

/** Starts i18next; both languages are in the bundle, so this is synchronous. */
export function startI18n(language: "en" | "ru") {
  void i18next.use(initReactI18next).init({
    resources: { en: { translation: en }, ru: { translation: ru } },
    lng: language,
    fallbackLng: "en",
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  return i18next;
}
