import { Navigate, Outlet, useLocation } from "react-router";
import { useSession } from "../session/session";
import { Loaded } from "../ui/Loaded";

/** The pages for users who are logged in. Others come back to the page after the login. */
export function Members() {
  const session = useSession();
  const { pathname, search, hash } = useLocation();
  return <Loaded query={session}>{(account) => (account ? <Outlet /> : <Navigate to="/login" state={{ next: pathname + search + hash }} replace />)}</Loaded>;
}
