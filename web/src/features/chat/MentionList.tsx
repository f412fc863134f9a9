import { clsx } from "clsx";
import { useTranslation } from "react-i18next";

interface Props {
  id: string;
  names: string[];
  chosen: number;
  onPick: (name: string) => void;
}

/** Whom an @ in the composer could name; the composer's keys move in it. */
export function MentionList({ id, names, chosen, onPick }: Props) {
  const { t } = useTranslation();
  return (
    <div
      id={id}
      role="listbox"
      aria-label={t("chat.mention")}
      className="pop absolute inset-x-3 bottom-full z-10 mb-1 max-w-80 rounded-xl border border-line-strong bg-raised p-1 shadow-pop sm:inset-x-5"
    >
      {names.map((name, i) => (
        <div
          key={name}
          id={`${id}-${i}`}
          role="option"
          aria-selected={i === chosen}
          tabIndex={-1}
          // The field keeps the focus.
          onPointerDown={(event) => {
            event.preventDefault();
            onPick(name);
          }}
          className={clsx(
            "flex min-h-8 cursor-pointer items-center rounded-md px-2.5 text-sm hover:bg-hover touch:min-h-11",
            i === chosen && "bg-hover",
          )}
        >
          <span className="text-faint">@</span>
          <span className="truncate">{name}</span>
        </div>
      ))}
    </div>
  );
}
