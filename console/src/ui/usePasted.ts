import { useEffect } from "react";

/** Takes each picture that is pasted anywhere into the page, with the place where that was. */
export function usePasted(take: (picture: File, target: EventTarget | null) => void): void {
  useEffect(() => {
    const onPaste = ({ clipboardData, target }: ClipboardEvent) => {
      const picture = [...(clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
      if (picture) take(picture, target);
    };
    window.addEventListener("paste", onPaste);
    return () => window.removeEventListener("paste", onPaste);
  });
}
