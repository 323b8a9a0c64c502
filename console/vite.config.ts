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
    // The server names in each page what its module needs (graph/console/preloads.py).
    manifest: "manifest.json",
    rolldownOptions: {
      output: {
        // The server gives the folder an address that changes with its content.
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        assetFileNames: "[name][extname]",
        // A browser asks for six files at a time, and each costs it and the server a millisecond or two. So there is one
        // file for what all pages need, one for what several need, and one for each page.
        codeSplitting: {
          groups: [
            { name: "base", tags: ["$initial"] },
            { name: "forms", test: /node_modules|src\/(ui|app|api)/, minShareCount: 3 },
          ],
        },
      },
    },
  },
});
