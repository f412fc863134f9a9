import { Component, type ContextType, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/Button";
import { CoreContext } from "@/ui/core";

function Broken({ message }: { message: string }) {
  const { t } = useTranslation();
  return (
    <main
      className="flex h-full w-full flex-col items-center justify-center gap-1 p-8 text-center"
      role="alert"
    >
      <h1 className="font-semibold text-xl">{t("errors.crashed.title")}</h1>
      <p className="text-soft">{t("errors.crashed.hint")}</p>
      <p className="mt-2 max-w-md break-words font-mono text-faint text-xs">{message}</p>
      <Button kind="primary" className="mt-4" onClick={() => location.reload()}>
        {t("action.reload")}
      </Button>
    </main>
  );
}

/** Catches what a part of the page threw, so that the rest goes on: a call is not lost to a bad message. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { message: string | null }> {
  static override contextType = CoreContext;
  declare context: ContextType<typeof CoreContext>;
  override state: { message: string | null } = { message: null };

  static getDerivedStateFromError(error: unknown) {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override componentDidCatch(error: unknown) {
    this.context?.crashed(error);
  }

  override render() {
    return this.state.message === null ? this.props.children : <Broken message={this.state.message} />;
  }
}
