import { useTranslation } from "react-i18next";
import { useCore, useCoreState } from "@/ui/core";
import { Choice, Group } from "./Group";

/** Theme and language. */
export function AppearanceSection() {
  const core = useCore();
  const { t } = useTranslation();
  const theme = useCoreState("preferences", (p) => p.theme);
  const language = useCoreState("preferences", (p) => p.language);
  return (
    <>
      <Group title={t("settings.theme")}>
        <Choice
          name="theme"
          value={theme}
          onChange={(value) => core.setPreference("theme", value)}
          choices={[
            { value: "system", label: t("settings.themeSystem") },
            { value: "dark", label: t("settings.themeDark") },
            { value: "light", label: t("settings.themeLight") },
          ]}
        />
      </Group>
      <Group title={t("settings.language")}>
        <Choice
          name="language"
          value={language}
          onChange={(value) => core.setPreference("language", value)}
          choices={[
            { value: "system", label: t("settings.languageSystem") },
            { value: "en", label: "English" },
            { value: "ru", label: "Русский" },
          ]}
        />
      </Group>
    </>
  );
}
