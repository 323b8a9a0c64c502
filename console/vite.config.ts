import { defineConfig } from "vite";
import { plugins } from "./vite.plugins.ts";

export default defineConfig({
  plugins,
  // The page may be served below a path of a proxy: every address is relative to index.html.
  base: "./",
  build: {
    outDir: "../graph/console/built",
    emptyOutDir: true,
    assetsDir: "",
    assetsInlineLimit: 0,
    // The server gives the folder an address that changes with its content.
    rolldownOptions: { output: { entryFileNames: "[name].js", chunkFileNames: "[name].js", assetFileNames: "[name][extname]" } },
  },
});
