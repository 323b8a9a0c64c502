import { useEffect } from "react";

/** Takes each image that is pasted anywhere into the page, with the place where that was. */
export function usePasted(take: (image: File, target: EventTarget | null) => void): void {
  useEffect(() => {
    const onPaste = ({ clipboardData, target }: ClipboardEvent) => {
      const image = [...(clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
      if (image) take(image, target);
    };
    window.addEventListener("paste", onPaste);
    return () => window.removeEventListener("paste", onPaste);
  });
}
