import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Logo } from "@/ui/Logo";

/** The page around every form that lets somebody in. */
export function AuthLayout({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="h-full overflow-y-auto bg-rail">
      <main className="mx-auto flex min-h-full w-full max-w-104 flex-col px-5 pt-[12vh] pb-10">
        <div className="flex items-center gap-3">
          <Logo />
          <div>
            <p className="font-bold text-lg tracking-tight">{t("app.name")}</p>
            <p className="text-faint text-sm">{t("auth.tagline")}</p>
          </div>
        </div>
        <div className="mt-8 rounded-2xl border bg-ground p-6">
          <h1 className="font-semibold text-xl">{title}</h1>
          <p className="mt-1 mb-5 text-soft text-sm">{text}</p>
          {children}
        </div>
      </main>
    </div>
  );
}
