import locales from "@react-aria/optimize-locales-plugin";
import react from "@vitejs/plugin-react";

// The component library has texts in thirty languages; these are the ones of src/i18n.
export const plugins = [react(), locales.vite({ locales: ["en-US", "zh-TW", "ja-JP"] })];
