import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { TensorFragment } from "../../api/generated/graphql";
import { CopyButton } from "../../ui/CopyButton";
import { imagesIn, pixelsOf } from "./output";
import { ImageCanvas } from "./ImageCanvas";

type Scalar = number | string | boolean;

/** Each output as people want to see it: one value large, a vector as bars, a matrix as a heat map, texts as a list, an image as such. */
export function Outputs({ outputs }: { outputs: readonly TensorFragment[] }) {
  const { t } = useTranslation();
  return (
    <>
      {outputs.map((output) => (
        <figure key={output.name} className="output">
          <figcaption>
            {output.name} <span className="quiet">{`${output.datatype} [${output.shape.join(", ")}]`}</span>
          </figcaption>
          <Shown output={output} />
        </figure>
      ))}
      <details>
        <summary>{t("model.raw")}</summary>
        <Raw value={outputs} />
      </details>
    </>
  );
}

export function Raw({ value }: { value: unknown }) {
  const text = JSON.stringify(value, null, 2);
  return (
    <div className="code">
      <CopyButton text={text} />
      <pre tabIndex={0}>{text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text}</pre>
    </div>
  );
}

// More than this makes a page slow, and nobody reads it. The copy button has all of it.
const MOST_TEXT = 100_000;
const MOST_BARS = 100;
const MOST_CELLS = 4096;
const MOST_IMAGES = 20;

function Shown({ output }: { output: TensorFragment }) {
  const { t } = useTranslation();
  const images = useMemo(() => imagesOf(output), [output]);
  const { name, datatype, shape, values } = output;
  if (images.length) return images.slice(0, MOST_IMAGES).map((source, index) => <ImageCanvas key={index} source={source} label={name} otherwise={t("model.notText")} />);
  if (!Array.isArray(values)) return <p>{t("model.notText")}</p>;
  const flat = values as Scalar[];
  const lengths = shape.filter((length) => length !== 1);
  if (flat.length === 0) return <p>{t("model.emptyOutput")}</p>;
  if (flat.length === 1) return <p className="single">{String(flat[0])}</p>;
  if (datatype === "BYTES") return <Texts texts={flat.map(String)} />;
  const numbers = flat.map(Number);
  if (lengths.length === 2 && flat.length <= MOST_CELLS) return <HeatMap name={name} numbers={numbers} columns={lengths[1]!} />;
  return <Bars numbers={numbers} shown={flat} />;
}

function imagesOf(output: TensorFragment): (Blob | ImageData)[] {
  const { values, base64 } = output;
  return values === null && base64 ? imagesIn(base64) : pixelsOf(output);
}

function Texts({ texts }: { texts: string[] }) {
  return (
    <ol className="texts">
      {texts.slice(0, MOST_BARS).map((text, index) => (
        <li key={index}>{text}</li>
      ))}
    </ol>
  );
}

function Bars({ numbers, shown }: { numbers: number[]; shown: Scalar[] }) {
  const { t } = useTranslation();
  const largest = Math.max(...numbers.slice(0, MOST_BARS).filter(Number.isFinite).map(Math.abs), Number.MIN_VALUE);
  return (
    <div className="scroll" tabIndex={0}>
      <table className="bars">
        <thead className="visually-hidden">
          <tr>
            <th scope="col">{t("model.position")}</th>
            <th scope="col">{t("model.value")}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {numbers.slice(0, MOST_BARS).map((number, index) => (
            <tr key={index}>
              <th scope="row">{index}</th>
              <td className="number">{format(shown[index]!)}</td>
              <td className="bar" aria-hidden>
                <meter min={0} max={1} value={Number.isFinite(number) ? Math.abs(number) / largest : 0} data-negative={number < 0} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {numbers.length > MOST_BARS && <p className="quiet">{t("model.more", { count: numbers.length - MOST_BARS })}</p>}
    </div>
  );
}

function HeatMap({ name, numbers, columns }: { name: string; numbers: number[]; columns: number }) {
  const finite = numbers.filter(Number.isFinite);
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  const rows = numbers.length / columns;
  const size = Math.max(4, Math.min(28, Math.floor(560 / columns)));
  return (
    <svg className="heat" role="img" aria-label={`${name}: ${rows} × ${columns}, ${format(least)} – ${format(most)}`} viewBox={`0 0 ${columns * size} ${rows * size}`} width={columns * size}>
      {numbers.map((number, index) => (
        <rect
          key={index}
          x={(index % columns) * size}
          y={Math.floor(index / columns) * size}
          width={size}
          height={size}
          fillOpacity={Number.isFinite(number) ? (most > least ? (number - least) / (most - least) : 1) : 0}
        >
          <title>{`[${Math.floor(index / columns)}, ${index % columns}] ${number}`}</title>
        </rect>
      ))}
    </svg>
  );
}

function format(value: Scalar): string {
  return typeof value === "number" && !Number.isInteger(value) ? value.toPrecision(6) : String(value);
}
