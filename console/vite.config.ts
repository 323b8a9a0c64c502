import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  // The page may be served below a path of a proxy: every address is relative to index.html.
  base: "./",
  build: { outDir: "../graph/console/built", emptyOutDir: true, assetsDir: "console", sourcemap: false, assetsInlineLimit: 0 },
});
