import { useEffect, useRef, useState } from "react";

interface ImageCanvasProps {
  /** A file such as a JPEG or PNG, or its pixels. */
  source: Blob | ImageData;
  label: string;
  /** Shown where the browser cannot read it. */
  otherwise?: string;
  className?: string;
}

/** Drawn, and not loaded from an address: no Content-Security-Policy of a page forbids it. */
export function ImageCanvas({ source, label, otherwise, className = "drawn" }: ImageCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [isUnreadable, setUnreadable] = useState(false);
  useEffect(() => {
    let isCurrent = true;
    setUnreadable(false);
    createImageBitmap(source).then(
      (bitmap) => isCurrent && draw(canvas.current, bitmap),
      () => isCurrent && setUnreadable(true),
    );
    return () => {
      isCurrent = false;
    };
  }, [source]);
  return isUnreadable ? otherwise && <p>{otherwise}</p> : <canvas ref={canvas} className={className} role="img" aria-label={label} />;
}

function draw(canvas: HTMLCanvasElement | null, bitmap: ImageBitmap): void {
  if (canvas) {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  }
  bitmap.close();
}
