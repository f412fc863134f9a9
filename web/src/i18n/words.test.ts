import { expect, test } from "vitest";
import { pickLanguage } from ".";
import { en } from "./en";
import { ru } from "./ru";

function keysOf(words: object, prefix = ""): string[] {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === "string" ? [prefix + key] : keysOf(value as object, `${prefix}${key}.`),
  );
}
const PLURAL = /_(one|few|many|other)$/;

test("both languages have the same words", () => {
  const bare = (words: object) => [...new Set(keysOf(words).map((key) => key.replace(PLURAL, "")))].sort();
  expect(bare(ru)).toEqual(bare(en));
});

test("every plural has all the forms of its language", () => {
  for (const [words, language] of [
    [en, "en"],
    [ru, "ru"],
  ] as const) {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const keys = new Set(keysOf(words));
    const roots = new Set([...keys].filter((key) => PLURAL.test(key)).map((key) => key.replace(PLURAL, "")));
    for (const root of roots)
      for (const form of forms) expect(keys, `${language}: ${root}`).toContain(`${root}_${form}`);
  }
});

test("the browser's first known language is taken", () => {
  expect(pickLanguage("system", ["de-DE", "ru-RU", "en"])).toBe("ru");
  expect(pickLanguage("system", ["de"])).toBe("en");
  expect(pickLanguage("en", ["ru"])).toBe("en");
});
