import { Button, DropZone, FileTrigger, Text, type FileDropItem } from "react-aria-components";
import { useTranslation } from "react-i18next";

interface ImageDropProps {
  label: string;
  /** Media types to choose from, and to be dropped. Without it any file is. */
  types?: readonly string[];
  onFile: (file: File) => void;
  /** The class of the button that chooses a file. */
  look: "primary" | "small";
}

/** Takes an image that is dropped, chosen or photographed. */
export function ImageDrop({ label, types, onFile, look }: ImageDropProps) {
  const { t } = useTranslation();
  const first = (files: FileList | null) => files?.[0] && onFile(files[0]);
  return (
    <DropZone
      className="drop card"
      getDropOperation={(dragged) => (!types || types.some((type) => dragged.has(type)) ? "copy" : "cancel")}
      onDrop={({ items }) => {
        const dropped = items.find((item): item is FileDropItem => item.kind === "file");
        if (dropped) void dropped.getFile().then(onFile);
      }}
    >
      <Text slot="label">{label}</Text>
      <div className="row">
        <FileTrigger acceptedFileTypes={types} onSelect={first}>
          <Button className={look}>{t("form.chooseFile")}</Button>
        </FileTrigger>
        <FileTrigger acceptedFileTypes={["image/*"]} defaultCamera="environment" onSelect={first}>
          <Button className={look === "small" ? "small" : ""}>{t("form.camera")}</Button>
        </FileTrigger>
      </div>
    </DropZone>
  );
}
