/** Shows one scene of scenes.ts: /src/dev/index.html?scene=full&path=/r/general&theme=dark&language=en */
import { createRoot } from "react-dom/client";
import "../styles/index.css";
import { App } from "@/app/App";
import type { Preferences } from "@/core/model";
import { startI18n } from "@/i18n";
import { mockCore } from "./mockCore";
import { scenes } from "./scenes";

const query = new URLSearchParams(location.search);
const language = query.get("language") === "ru" ? "ru" : "en";
const theme = (query.get("theme") ?? "dark") as Preferences["theme"];
history.replaceState(null, "", query.get("path") ?? "/r/general");
startI18n(language);
const scene = scenes[query.get("scene") ?? "full"] ?? {};
const root = document.getElementById("root");
if (root) createRoot(root).render(<App core={mockCore({ ...scene, preferences: { theme, language } })} />);
