import { useState } from "react";
import { useTranslation } from "react-i18next";

export function CopyButton({ text, label }: { text: string; label?: string }) {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  // Browsers give it to pages that came by https, or from this machine.
  if (!navigator.clipboard) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    window.setTimeout(() => setCopied(false), 2000);
  };
  return (
    <button type="button" className="small" onClick={copy} aria-live="polite">
      {isCopied ? t("copy.done") : (label ?? t("copy.copy"))}
    </button>
  );
}
