import { useMemo, useState } from "react";
import { Button, DropZone, FileTrigger, Form, Input, Label, Text, TextArea, TextField, type FileDropItem } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { CreateJobDocument, type DeclarationFragment } from "../../api/generated/graphql";
import { useSubmit } from "../../app/useSubmit";
import { ProblemNote } from "../../ui/ProblemNote";
import { useObjectUrl } from "../../ui/useObjectUrl";
import { RunButton } from "../../ui/RunButton";
import { Outputs } from "./Outputs";
import { Snippets } from "./Snippets";
import { Spent } from "./Spent";
import { EMPTY, EntryProblem, tensorOf, type Entry } from "./tensorInputs";
import type { Model } from "./ModelPage";
import { useCall, type Chunk, type End, type InferInputs } from "./useCall";

/** A form made from the declaration of a model, and the answer. */
export function CallForm({ model }: { model: Model }) {
  const { t } = useTranslation();
  const [entries, setEntries] = useState<Record<string, Entry>>(() => exampleEntries(model));
  const [problem, setProblem] = useState<EntryProblem | null>(null);
  const call = useCall(model);
  const job = useSubmit(CreateJobDocument, { renews: ["jobs"] });
  const navigate = useNavigate();
  const inputs = useMemo(() => inputsOf(model, entries), [model, entries]);
  const withInputs = (use: (inputs: InferInputs) => void) => {
    if (inputs instanceof EntryProblem) return setProblem(inputs);
    setProblem(null);
    use(inputs);
  };
  const [webhook, setWebhook] = useState("");
  const makeJob = async (inputs: InferInputs) => {
    const done = await job.submit({ input: { model: model.name, inputs, webhook: webhook.trim() ? { url: webhook.trim() } : null } });
    if (done) await navigate(`/jobs/${encodeURIComponent(done.job.id)}`);
  };
  const refusal = call.problem ?? job.problem;
  return (
    <section className="call">
      <Form
        className="card"
        onSubmit={(event) => {
          event.preventDefault();
          if (!call.isRunning) withInputs(call.run);
        }}
      >
        <h2>{t("model.try")}</h2>
        {model.inputs.map((input) => (
          <InputEditor
            key={input.name}
            declared={input}
            entry={entries[input.name] ?? EMPTY}
            problem={problem?.input === input.name ? problem : null}
            onChange={(entry) => {
              setProblem(null);
              setEntries({ ...entries, [input.name]: entry });
            }}
          />
        ))}
        <div className="row">
          <RunButton className="primary" isRunning={call.isRunning} disabled={!model.ready}>
            {t("model.run", { count: model.cost })}
          </RunButton>
          {call.isRunning && <Button onPress={call.stop}>{t("model.stop")}</Button>}
          {!call.isRunning && !model.streams && <Button onPress={() => withInputs((inputs) => void makeJob(inputs))}>{t("model.asJob")}</Button>}
        </div>
        {!model.streams && (
          <details>
            <summary>{t("webhooks.ofJob")}</summary>
            <TextField value={webhook} onChange={setWebhook} type="url">
              <Label>{t("webhooks.url")}</Label>
              <Input placeholder="https://example.org/answers" />
              <Text slot="description">{t("webhooks.urlHint")}</Text>
            </TextField>
          </details>
        )}
        {refusal && <ProblemNote problem={refusal} />}
      </Form>
      {call.chunks.length > 0 && <Answer chunks={call.chunks} end={call.end} />}
      {model.example && <Snippets example={model.example} inputs={inputs instanceof EntryProblem ? null : inputs} />}
    </section>
  );
}

function Answer({ chunks, end }: { chunks: readonly Chunk[]; end: End | null }) {
  const { t } = useTranslation();
  return (
    <section className="card" aria-live="polite">
      <h2>{t("model.answer")}</h2>
      {end && <p className="quiet">{t("model.took", { milliseconds: end.milliseconds.toFixed(1) })}</p>}
      {chunks.length > 1 && <p className="quiet">{t("model.chunks", { count: chunks.length })}</p>}
      {chunks.slice(-MOST_CHUNKS).map(({ index, outputs }) => (
        <Outputs key={index} outputs={outputs} />
      ))}
      {end?.spent && <Spent spent={end.spent} />}
    </section>
  );
}

// The newest; more would make the page slow.
const MOST_CHUNKS = 20;

interface InputEditorProps {
  declared: DeclarationFragment;
  entry: Entry;
  problem: EntryProblem | null;
  onChange: (entry: Entry) => void;
}

function InputEditor({ declared: { name, datatype, shape, optional }, entry, problem, onChange }: InputEditorProps) {
  const { t } = useTranslation();
  const isText = datatype === "BYTES";
  const needsShape = shape.filter((length) => length < 0).length > 0;
  return (
    <fieldset className="tensor">
      <legend>
        {name} <span className="quiet">{`${datatype} [${shape.join(", ")}]`}{optional && ` · ${t("model.optional")}`}</span>
      </legend>
      {entry.file ? (
        <p className="row">
          {entry.file.type.startsWith("image/") && <Thumbnail file={entry.file} />}
          <span>{t("model.file", { name: entry.file.name, size: entry.file.size })}</span>
          <Button className="small" onPress={() => onChange({ ...entry, file: null })}>
            {t("model.noFile")}
          </Button>
        </p>
      ) : (
        <TextField value={entry.typed} onChange={(typed) => onChange({ ...entry, typed })} isInvalid={problem !== null}>
          <Label>{t(isText ? "model.text" : "model.values")}</Label>
          <TextArea rows={isText ? 2 : 3} spellCheck={false} />
          <Text slot="description">{t(isText ? "model.textHint" : "model.valuesHint")}</Text>
          {problem && (
            <Text slot="errorMessage" className="field-error">
              {t(`model.problems.${problem.reason}`)}
            </Text>
          )}
        </TextField>
      )}
      <DropZone
        className="row file"
        getDropOperation={() => "copy"}
        onDrop={({ items }) => {
          const dropped = items.find((item): item is FileDropItem => item.kind === "file");
          if (dropped) void dropped.getFile().then((file) => onChange({ ...entry, file }));
        }}
      >
        <FileTrigger onSelect={(files) => files?.[0] && onChange({ ...entry, file: files[0] })}>
          <Button className="small">{t("model.chooseFile")}</Button>
        </FileTrigger>
        <Text slot="label" className="quiet">
          {t("model.dropFile")}
        </Text>
        {needsShape && (
          <TextField className="inline" value={entry.shape} onChange={(typed) => onChange({ ...entry, shape: typed })}>
            <Label>{t("model.shape")}</Label>
            <Input placeholder={shape.map((length) => (length < 0 ? "?" : length)).join(", ")} />
          </TextField>
        )}
      </DropZone>
    </fieldset>
  );
}

function Thumbnail({ file }: { file: File }) {
  const address = useObjectUrl(file);
  return <img className="thumbnail" src={address} alt="" />;
}

function inputsOf(model: Model, entries: Record<string, Entry>): InferInputs | EntryProblem {
  try {
    return model.inputs.map((input) => tensorOf(input, entries[input.name] ?? EMPTY, model.maxBatchSize)).filter((input) => input !== null);
  } catch (error) {
    if (error instanceof EntryProblem) return error;
    throw error;
  }
}

/** The values of the example call that the service made from the declaration. */
function exampleEntries(model: Model): Record<string, Entry> {
  if (!model.example) return {};
  const entries: Record<string, Entry> = {};
  for (const found of tensorsIn(JSON.parse(model.example.variables))) {
    if (found.data.values !== undefined) entries[found.name] = { ...EMPTY, typed: JSON.stringify(found.data.values), shape: found.shape.join(", ") };
  }
  return entries;
}

interface ExampleTensor {
  name: string;
  shape: number[];
  data: { values?: unknown };
}

function tensorsIn(variables: { inputs?: ExampleTensor[] }): ExampleTensor[] {
  return variables.inputs ?? [];
}
