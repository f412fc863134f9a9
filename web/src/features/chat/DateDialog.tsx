import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field, Input } from "@/ui/Field";
import { useJump } from "./jump";

/** The local day as a date field wants it. */
function today(): string {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

/** Asks for a day and leads the open room there. */
export function DateDialog({ slug, onClose }: { slug: string; onClose: () => void }) {
  const { t } = useTranslation();
  const ask = useJump((j) => j.ask);
  const [day, setDay] = useState(today);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const date = new Date(`${day}T00:00:00`);
    if (Number.isNaN(date.getTime())) return;
    onClose();
    ask(slug, { date });
  };
  return (
    <Dialog open onClose={onClose} title={t("chat.toDate")}>
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <Field label={t("chat.date")} hint={t("chat.toDateHint")}>
          {(ids) => (
            <Input
              {...ids}
              type="date"
              required
              min="1970-01-02"
              max={today()}
              value={day}
              onChange={(e) => setDay(e.target.value)}
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button kind="quiet" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button kind="primary" type="submit">
            {t("chat.toDateGo")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
