import type { TFunction } from "i18next";
import type { CoreError } from "@/core/model";

/** What happened and what to do, in the user's language. */
export function errorWords(t: TFunction, error: CoreError): { title: string; hint: string } {
  const key = `errors.${error.code}.title`;
  const known = t(key) !== key;
  const code = known ? error.code : "Unknown";
  const title = t(`errors.${code}.title`);
  const hint =
    error.code === "RateLimited" && error.retryAfterMs
      ? t("errors.RateLimitedIn", { count: Math.max(1, Math.ceil(error.retryAfterMs / 1000)) })
      : t(`errors.${code}.hint`);
  return { title, hint };
}

const FIELDS: Record<string, string> = {
  name: "errors.fieldName",
  password: "errors.fieldPassword",
  slug: "errors.fieldSlug",
  title: "errors.fieldTitle",
};

/** The words for one wrong field of a form, if the error names it. */
export function fieldError(t: TFunction, error: CoreError | null, field: string): string | undefined {
  const issue = error?.issues.find((i) => i.field === field);
  if (!issue) return undefined;
  const key = FIELDS[field];
  return key ? t(key) : issue.message;
}
