import { useMutation } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { Button, DropZone, FileTrigger, Text, type FileDropItem } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { ask } from "../../api/ask";
import { ReadTextDocument, type ReadTextQuery } from "../../api/generated/graphql";
import { problemOfError } from "../../api/refusals";
import { CopyButton } from "../../ui/CopyButton";
import { Page } from "../../ui/Page";
import { ProblemNote } from "../../ui/ProblemNote";
import { Raw } from "./Outputs";
import { Spent } from "./Spent";

const TYPES = ["image/jpeg", "image/png", "image/webp", "image/tiff", "image/bmp"];

export function ReadTextPage() {
  const { t } = useTranslation();
  const [picture, setPicture] = useState<Blob | null>(null);
  const read = useMutation({ mutationFn: (image: Blob) => ask(ReadTextDocument, { image: { upload: image } }) });
  const { mutate } = read;
  const take = (file: Blob) => {
    setPicture(file);
    mutate(file);
  };
  usePasted(take);
  return (
    <Page title={t("readText.title")} lead={t("readText.lead")}>
      <DropZone
        className="drop card"
        getDropOperation={(types) => (TYPES.some((type) => types.has(type)) ? "copy" : "cancel")}
        onDrop={({ items }) => {
          const dropped = items.find((item): item is FileDropItem => item.kind === "file");
          if (dropped) void dropped.getFile().then(take);
        }}
      >
        <Text slot="label">{t("readText.drop")}</Text>
        <div className="row">
          <FileTrigger acceptedFileTypes={TYPES} onSelect={(files) => files?.[0] && take(files[0])}>
            <Button className="primary">{t("readText.choose")}</Button>
          </FileTrigger>
          <FileTrigger acceptedFileTypes={["image/*"]} defaultCamera="environment" onSelect={(files) => files?.[0] && take(files[0])}>
            <Button>{t("readText.camera")}</Button>
          </FileTrigger>
        </div>
      </DropZone>
      <div role="status">{read.isPending && <p>{t("readText.reading")}</p>}</div>
      {read.error && <ProblemNote problem={problemOfError(read.error)} />}
      {picture && <Reading picture={picture} answer={read.data} />}
    </Page>
  );
}

function Reading({ picture, answer }: { picture: Blob; answer: ReadTextQuery | undefined }) {
  const { t } = useTranslation();
  const address = useObjectUrl(picture);
  const reading = answer?.readText;
  return (
    <div className="reading">
      <figure className="card picture">
        <img src={address} alt={t("readText.picture")} />
        {reading && <Boxes reading={reading} />}
      </figure>
      {reading && (
        <section className="card" aria-live="polite">
          <h2>{t("readText.text")}</h2>
          {reading.text ? (
            <div className="code">
              <CopyButton text={reading.text} />
              <pre tabIndex={0} className="wrapped">
                {reading.text}
              </pre>
            </div>
          ) : (
            <p>{t("readText.none")}</p>
          )}
          <p className="quiet">{t("readText.took", { milliseconds: reading.totalMs.toFixed(0), count: reading.lines.length })}</p>
          {answer.rateLimit && <Spent spent={answer.rateLimit} />}
          <details>
            <summary>{t("model.raw")}</summary>
            <Raw value={reading} />
          </details>
        </section>
      )}
    </div>
  );
}

/** The outlines of the lines, over the upright image. */
function Boxes({ reading: { width, height, lines } }: { reading: NonNullable<ReadTextQuery["readText"]> }) {
  return (
    <svg className="boxes" viewBox={`0 0 ${width} ${height}`} aria-hidden>
      {lines.map(({ text, confidence, outline }, index) => (
        <polygon key={index} points={outline.map(({ x, y }) => `${x},${y}`).join(" ")}>
          <title>{`${text} (${confidence.toFixed(2)})`}</title>
        </polygon>
      ))}
    </svg>
  );
}

function useObjectUrl(blob: Blob): string {
  const address = useMemo(() => URL.createObjectURL(blob), [blob]);
  useEffect(() => () => URL.revokeObjectURL(address), [address]);
  return address;
}

function usePasted(take: (file: File) => void): void {
  useEffect(() => {
    const onPaste = ({ clipboardData }: ClipboardEvent) => {
      const file = [...(clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
      if (file) take(file);
    };
    window.addEventListener("paste", onPaste);
    return () => window.removeEventListener("paste", onPaste);
  });
}
