import { defineConfig } from "vite";
import { plugins } from "./vite.plugins.ts";

// One file beside those of the console, with all that it needs, for a script element.
export default defineConfig({
  plugins,
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  build: {
    outDir: "../graph/console/built",
    emptyOutDir: false,
    // These have light-dark(). For older ones the bundler would write variables that only a :root with a color-scheme
    // sets, and the element would have no colours.
    cssTarget: ["chrome123", "edge123", "firefox120", "safari17.5"],
    lib: { entry: "src/embed/index.tsx", formats: ["iife"], name: "gatehouse", fileName: () => "embed.js" },
  },
});
