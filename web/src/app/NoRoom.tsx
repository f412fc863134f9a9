import { useTranslation } from "react-i18next";
import { Button } from "@/ui/Button";
import { useOverlay } from "@/ui/overlay";
import { usePhone } from "@/ui/useMedia";

/** What stands in the middle when there is no room to show. */
export function NoRoom({ title, hint }: { title: string; hint: string }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const setDrawer = useOverlay((o) => o.setDrawer);
  return (
    <main
      id="main"
      tabIndex={-1}
      className="flex min-w-0 flex-1 flex-col items-center justify-center gap-1 p-8 text-center"
    >
      <h1 className="font-semibold text-xl">{title}</h1>
      <p className="max-w-sm text-soft">{hint}</p>
      {phone && (
        <Button kind="primary" className="mt-4" onClick={() => setDrawer("rooms")}>
          {t("rooms.open")}
        </Button>
      )}
    </main>
  );
}
