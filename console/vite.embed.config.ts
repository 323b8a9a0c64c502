import { defineConfig } from "vite";
import { plugins } from "./vite.plugins.ts";

// One file beside those of the console, with all that it needs, for a script element.
export default defineConfig({
  plugins,
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  build: {
    outDir: "../graph/console/built",
    emptyOutDir: false,
    lib: { entry: "src/embed/index.tsx", formats: ["iife"], name: "gatehouse", fileName: () => "embed.js" },
  },
});
