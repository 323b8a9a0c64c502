import { useTranslation } from "react-i18next";

// The first that fits: most browsers also name those that they are like.
const BROWSERS = { "Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "FxiOS": "Firefox", "CriOS": "Chrome", "Chrome": "Chrome", "HeadlessChrome": "Chrome", "Safari": "Safari" };
const SYSTEMS = { "Windows": "Windows", "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Macintosh": "macOS", "CrOS": "ChromeOS", "Linux": "Linux" };

/** The program behind a User-Agent header, in a few words; all of the header when the pointer rests on it. */
export function Device({ userAgent }: { userAgent: string }) {
  const { t } = useTranslation();
  const browser = Object.entries(BROWSERS).find(([sign]) => userAgent.includes(`${sign}/`))?.[1];
  const system = Object.entries(SYSTEMS).find(([sign]) => userAgent.includes(sign))?.[1];
  return <span title={userAgent}>{browser && system ? t("sessions.device", { browser, system }) : userAgent}</span>;
}
