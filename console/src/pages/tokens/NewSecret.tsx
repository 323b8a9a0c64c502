import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../../ui/CopyButton";

/** The secret of a new token. The service shows it once, and this page keeps it nowhere. */
export function NewSecret({ token, name, onClose }: { token: string; name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const section = useRef<HTMLElement>(null);
  useEffect(() => section.current?.focus(), [token]);
  return (
    <section className="card secret" ref={section} tabIndex={-1} aria-labelledby="secret-title">
      <h2 id="secret-title">{t("tokens.secretTitle", { name })}</h2>
      <p>{t("tokens.secretWords")}</p>
      <code className="token-text">{token}</code>
      <div className="row">
        <CopyButton text={token} label={t("tokens.copy")} />
        <button type="button" className="small" onClick={onClose}>
          {t("tokens.secretDone")}
        </button>
      </div>
    </section>
  );
}
