import { Button, DropZone, FileTrigger, Input, Label, Text, TextArea, TextField, type FileDropItem } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { DeclarationFragment } from "../../api/generated/graphql";
import { ImageDrop } from "../../ui/ImageDrop";
import { ImageCanvas } from "./ImageCanvas";
import type { Entry, EntryProblem } from "./tensorInputs";

interface InputEditorProps {
  declared: DeclarationFragment;
  entry: Entry;
  /** Whether it is for images, and for nothing else. */
  images: "only" | "also" | "no";
  problem: EntryProblem | null;
  onChange: (entry: Entry) => void;
}

/** The field for one input: typed, or from a file. */
export function InputEditor({ declared: { name, datatype, shape, optional }, entry, images, problem, onChange }: InputEditorProps) {
  const { t } = useTranslation();
  const isText = datatype === "BYTES";
  const take = (file: File | null) => onChange({ typed: entry.typed, shape: entry.shape, file });
  const needsShape = shape.filter((length) => length < 0).length > 0;
  return (
    <fieldset className="tensor" data-input={name}>
      <legend>
        {name} <span className="quiet">{`${datatype} [${shape.join(", ")}]`}{optional && ` · ${t("model.optional")}`}</span>
      </legend>
      {entry.file && (
        <p className="row">
          {entry.file.type.startsWith("image/") && <ImageCanvas className="thumbnail" source={entry.file} label={entry.file.name} />}
          <span>{t("model.file", { name: entry.file.name, size: entry.file.size })}</span>
          <Button className="small" onPress={() => take(null)}>
            {t("model.noFile")}
          </Button>
        </p>
      )}
      {!entry.file && images !== "only" && (
        <TextField value={entry.typed} onChange={(typed) => onChange({ ...entry, typed })} isInvalid={problem !== null}>
          <Label>{t(isText ? "model.text" : "model.values")}</Label>
          <TextArea rows={isText ? 2 : 3} spellCheck={false} />
          <Text slot="description">{t(isText ? "model.textHint" : "model.valuesHint")}</Text>
        </TextField>
      )}
      {problem && (
        <p role="alert" className="field-error">
          {t(`model.problems.${problem.reason}`)}
        </p>
      )}
      <div className="row">
        {images !== "no" ? (
          <ImageDrop label={t("model.dropImage")} onFile={take} look="small" />
        ) : (
          <DropZone
            className="row file"
            getDropOperation={() => "copy"}
            onDrop={({ items }) => {
              const dropped = items.find((item): item is FileDropItem => item.kind === "file");
              if (dropped) void dropped.getFile().then(take);
            }}
          >
            <FileTrigger onSelect={(files) => files?.[0] && take(files[0])}>
              <Button className="small">{t("model.chooseFile")}</Button>
            </FileTrigger>
            <Text slot="label" className="quiet">
              {t("model.dropFile")}
            </Text>
          </DropZone>
        )}
        {needsShape && (
          <TextField className="inline" value={entry.shape} onChange={(typed) => onChange({ ...entry, shape: typed })}>
            <Label>{t("model.shape")}</Label>
            <Input placeholder={shape.map((length) => (length < 0 ? "?" : length)).join(", ")} />
          </TextField>
        )}
      </div>
    </fieldset>
  );
}
