import { useEffect, useState } from "react";
import { useLocation, useNavigate } from "react-router";

/** The code of the link in an email, which stands behind the `#`. It leaves the address bar at once, and with it what a
 * bookmark, a shared address or a screenshot would hold. Empty if there is none. */
export function useMailCode(): string {
  const { hash, pathname, state } = useLocation();
  const navigate = useNavigate();
  const [code, setCode] = useState(() => codeIn(hash));
  useEffect(() => {
    if (!hash) return;
    setCode(codeIn(hash));
    void navigate(pathname, { replace: true, state });
  }, [hash, navigate, pathname, state]);
  return code;
}

function codeIn(hash: string): string {
  return new URLSearchParams(hash.slice(1)).get("code")?.trim() ?? "";
}
