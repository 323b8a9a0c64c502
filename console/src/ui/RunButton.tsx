import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";

interface RunButtonProps extends ComponentProps<"button"> {
  isRunning: boolean;
}

/** Submits a form. While it runs it keeps the focus, which a disabled button would lose; the form ignores a second press. */
export function RunButton({ isRunning, children, ...props }: RunButtonProps) {
  const { t } = useTranslation();
  return (
    <button type="submit" aria-disabled={isRunning || undefined} data-pending={isRunning || undefined} {...props}>
      {isRunning ? t("form.running") : children}
    </button>
  );
}
