import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Writer } from "@/core/model";
import { useCoreState } from "@/ui/core";

const NOBODY: Writer[] = [];
/** More than so many are not named. */
const NAMED = 3;

/** Who else is writing in the room just now. */
export function TypingLine({ slug }: { slug: string }) {
  const { t, i18n } = useTranslation();
  const writers = useCoreState("chat", (c) => c.typing[slug] ?? NOBODY);
  const list = useMemo(() => new Intl.ListFormat(i18n.language, { type: "conjunction" }), [i18n.language]);
  if (writers.length === 0) return null;
  const names = list.format(writers.map((writer) => writer.userName));
  const text =
    writers.length > NAMED ? t("chat.typingMany") : t("chat.typing", { count: writers.length, names });
  return (
    <span className="flex min-w-0 items-center gap-2" data-typing>
      <span className="typing shrink-0" aria-hidden>
        <i />
        <i />
        <i />
      </span>
      <span className="truncate">{text}</span>
    </span>
  );
}
