import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ask } from "../../api/ask";
import { ReadDocumentDocument, ReadTextDocument, type ReadingFragment, type SpentFragment } from "../../api/generated/graphql";
import { problemOfError } from "../../api/refusals";
import { duration } from "../../i18n/duration";
import { CopyButton } from "../../ui/CopyButton";
import { Page } from "../../ui/Page";
import { ImageDrop } from "../../ui/ImageDrop";
import { ProblemNote } from "../../ui/ProblemNote";
import { useObjectUrl } from "../../ui/useObjectUrl";
import { usePasted } from "../../ui/usePasted";
import { Raw } from "./Outputs";
import { Spent } from "./Spent";

const IMAGES = ["image/jpeg", "image/png", "image/webp", "image/bmp"];
// They may have several pages.
const DOCUMENTS = ["application/pdf", "image/tiff"];
const FIRST_PAGES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

interface ReadPage {
  number: number;
  reading: ReadingFragment | null;
  refusal: string | null;
}

interface Answer {
  pages: readonly ReadPage[];
  pageCount: number;
  spent: SpentFragment | null;
}

export function ReadTextPage() {
  const { t } = useTranslation();
  const [file, setFile] = useState<Blob | null>(null);
  const reading = useMutation({ mutationFn: read });
  const { mutate } = reading;
  const take = (chosen: Blob) => {
    setFile(chosen);
    mutate(chosen);
  };
  usePasted(take);
  const answer = reading.data;
  return (
    <Page title={t("readText.title")} lead={t("readText.lead")}>
      <ImageDrop label={t("readText.drop")} types={[...IMAGES, ...DOCUMENTS]} onFile={take} look="primary" />
      <div role="status">{reading.isPending && <p>{t("readText.reading")}</p>}</div>
      {reading.error && <ProblemNote problem={problemOfError(reading.error)} />}
      {answer && answer.pageCount > answer.pages.length && <p className="note">{t("readText.morePages", { count: answer.pageCount })}</p>}
      <div className={file && IMAGES.includes(file.type) ? "reading" : ""}>
        {file && IMAGES.includes(file.type) && <ReadImage file={file} reading={answer?.pages[0]?.reading ?? null} />}
        {answer?.pages.map((page) => (
          <PageText key={page.number} page={page} isOnly={answer.pageCount === 1} />
        ))}
      </div>
      {answer?.spent && <Spent spent={answer.spent} />}
    </Page>
  );
}

async function read(file: Blob): Promise<Answer> {
  if (DOCUMENTS.includes(file.type)) {
    const { readDocument, rateLimit } = await ask(ReadDocumentDocument, { file: { upload: file }, pages: FIRST_PAGES });
    const pages = readDocument!.pages.map(({ number, result }) =>
      result.__typename === "TextReading" ? { number, reading: result, refusal: null } : { number, reading: null, refusal: result.message },
    );
    return { pages, pageCount: readDocument!.pageCount, spent: rateLimit };
  }
  const { readText, rateLimit } = await ask(ReadTextDocument, { image: { upload: file } });
  return { pages: [{ number: 1, reading: readText, refusal: null }], pageCount: 1, spent: rateLimit };
}

function ReadImage({ file, reading }: { file: Blob; reading: ReadingFragment | null }) {
  const { t } = useTranslation();
  const address = useObjectUrl(file);
  const [unreadable, setUnreadable] = useState<Blob | null>(null);
  if (unreadable === file) return null;
  return (
    <figure className="card read-image">
      <img src={address} alt={t("readText.image")} onError={() => setUnreadable(file)} />
      {reading && <Boxes reading={reading} />}
    </figure>
  );
}

function PageText({ page: { number, reading, refusal }, isOnly }: { page: ReadPage; isOnly: boolean }) {
  const { t, i18n } = useTranslation();
  return (
    <section className="card" aria-live="polite">
      <h2>{isOnly ? t("readText.text") : t("readText.page", { number })}</h2>
      {refusal && <p className="bad">{refusal}</p>}
      {reading && (
        <>
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
          <p className="quiet">
            {t("readText.took", { time: duration(reading.totalMs, i18n.language), count: reading.lines.length })}
            {reading.rotation !== 0 && ` · ${t("readText.turned", { degrees: reading.rotation })}`}
            {reading.unreadLines > 0 && ` · ${t("readText.unread", { count: reading.unreadLines })}`}
          </p>
          <details>
            <summary>{t("model.raw")}</summary>
            <Raw value={reading} />
          </details>
        </>
      )}
    </section>
  );
}

/** The outlines of the lines, over the image. */
function Boxes({ reading: { width, height, lines } }: { reading: ReadingFragment }) {
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
