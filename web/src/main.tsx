import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./styles/index.css";
import { App } from "./app/App";
import { createCore } from "./core";
import { pickLanguage, startI18n } from "./i18n";

const core = createCore();
startI18n(pickLanguage(core.preferences.getState().language, navigator.languages));
// What goes wrong is in the account's state, where the page shows it.
core.start().catch(() => {});

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App core={core} />
  </StrictMode>,
);
