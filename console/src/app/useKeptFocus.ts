import { useEffect } from "react";

/** Where the element with the focus goes away, such as a button that has done its work, the heading around it gets the focus. Else it
 * would be nowhere, and the next Tab would begin at the top of the page. */
export function useKeptFocus(): void {
  useEffect(() => {
    // The element, then what is around it. A dialog is not in the content, and gives the focus back itself.
    let path: EventTarget[] = [];
    const remember = (event: FocusEvent) => {
      if (event.target instanceof Element && event.target.closest("main")) path = event.composedPath();
    };
    const observer = new MutationObserver(() => {
      const [last] = path;
      if (!(last instanceof Node) || last.isConnected || document.activeElement !== document.body) return;
      const around = path.find((one): one is Element => one instanceof Element && one.isConnected && one.matches("section, li, main"));
      path = [];
      const heading = around?.querySelector<HTMLElement>("h1, h2, h3");
      heading?.setAttribute("tabindex", "-1");
      heading?.focus({ preventScroll: true });
    });
    document.addEventListener("focusin", remember);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener("focusin", remember);
      observer.disconnect();
    };
  }, []);
}
