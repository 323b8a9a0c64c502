import { useEffect, useMemo } from "react";

/** An address of this page for the bytes, until they change or the component goes. */
export function useObjectUrl(blob: Blob): string {
  const address = useMemo(() => URL.createObjectURL(blob), [blob]);
  useEffect(() => () => URL.revokeObjectURL(address), [address]);
  return address;
}
