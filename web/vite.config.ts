import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env.BOLTOREZKA_DEV_SERVER ?? "http://localhost:8080";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: {
    alias: {
      "@": fileURLToPath(new URL("./src", import.meta.url)),
      // Radix locks the page's scrolling by injecting a <style> element, which
      // the server's Content-Security-Policy refuses; our page never scrolls.
      "react-remove-scroll": fileURLToPath(new URL("./src/ui/removeScroll.tsx", import.meta.url)),
    },
  },
  build: {
    // public/.gitkeep is copied along, so that the folder that Go embeds
    // exists in a tree whose web app was never built.
    outDir: "dist",
    target: "es2022",
    // The policy has no font-src data: and no script-src data:.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What changes with our releases apart from what does not, so that an
        // update does not load the libraries again.
        codeSplitting: {
          groups: [
            {
              name: "react",
              test: /node_modules[\\/](react|react-dom|scheduler|react-router)[\\/]/,
              priority: 2,
            },
            {
              name: "parts",
              test: /node_modules[\\/](radix-ui|@radix-ui|@floating-ui|i18next|react-i18next)[\\/]/,
              priority: 1,
            },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      "/v1": { target: server, ws: true },
      "/health": server,
      "/version": server,
    },
  },
});
