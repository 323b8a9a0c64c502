import { useEffect, useRef, type ReactNode } from "react";

/** The heading of a page. It names the tab, and gets the focus when the address changes, so that a screen reader reads it. */
export function Page({ title, lead, actions, children }: { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Gatehouse`;
  }, [title]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <>
      <header className="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {actions}
      </header>
      {lead && <p className="lead">{lead}</p>}
      {children}
    </>
  );
}
