import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { Entry } from "@/ui/Entry";
import { SLUG } from "./tree";

type Named = Pick<ComponentProps<typeof Entry>, "error" | "value" | "onText">;

/** What a room or a category is called. */
export function TitleEntry(props: Named & { label: string }) {
  return <Entry field="title" minLength={3} maxLength={120} autoComplete="off" {...props} />;
}

/** Its part of the link. */
export function SlugEntry(props: Named) {
  const { t } = useTranslation();
  return (
    <Entry
      label={t("rooms.slug")}
      hint={t("rooms.slugHint")}
      field="slug"
      pattern={SLUG.source}
      maxLength={48}
      autoComplete="off"
      spellCheck={false}
      {...props}
    />
  );
}
