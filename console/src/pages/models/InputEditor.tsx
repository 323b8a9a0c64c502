import { Button, DropZone, FileTrigger, Input, Label, Text, TextArea, TextField, type FileDropItem } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { DeclarationFragment } from "../../api/generated/graphql";
import { Picture } from "./Picture";
import type { Entry, EntryProblem } from "./tensorInputs";

interface InputEditorProps {
  declared: DeclarationFragment;
  entry: Entry;
  problem: EntryProblem | null;
  onChange: (entry: Entry) => void;
}

/** The field for one input: typed, or from a file. */
export function InputEditor({ declared: { name, datatype, shape, optional }, entry, problem, onChange }: InputEditorProps) {
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
          {entry.file.type.startsWith("image/") && <Picture className="thumbnail" source={entry.file} label={entry.file.name} />}
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
