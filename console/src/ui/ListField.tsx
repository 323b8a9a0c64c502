import { useState } from "react";
import { Button, Input, Label, Tag, TagGroup, TagList, Text, TextField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { FieldProblem } from "./fields";

interface ListFieldProps {
  label: string;
  hint: string;
  name: string;
  defaultValue?: readonly string[];
  /** What the field offers while somebody types. */
  suggestions?: readonly string[];
}

/** A list of words. The form gets them under the field's name, with spaces between them. */
export function ListField({ label, hint, name, defaultValue = [], suggestions = [] }: ListFieldProps) {
  const { t } = useTranslation();
  const [items, setItems] = useState<readonly string[]>(defaultValue);
  const [typed, setTyped] = useState("");
  const all = [...new Set([...items, ...wordsOf(typed)])];
  const add = () => {
    setItems(all);
    setTyped("");
  };
  return (
    <div className="list-field">
      <TextField name={name} value={typed} onChange={setTyped} autoComplete="off">
        <Label>{label}</Label>
        <div className="row">
          <Input
            list={`${name}-suggestions`}
            onKeyDown={(event) => {
              // Without a word, Enter sends the form.
              if (event.key !== "Enter" || !typed.trim()) return;
              event.preventDefault();
              add();
            }}
          />
          <Button className="small" onPress={add} isDisabled={!typed.trim()}>
            {t("form.add")}
          </Button>
        </div>
        <Text slot="description">{hint}</Text>
        <FieldProblem />
      </TextField>
      <datalist id={`${name}-suggestions`}>
        {suggestions.map((word) => (
          <option key={word} value={word} />
        ))}
      </datalist>
      {/* After the text field, whose value it replaces. */}
      <input type="hidden" name={name} value={all.join(" ")} />
      {items.length > 0 && (
        <TagGroup aria-label={label} onRemove={(keys) => setItems(items.filter((item) => !keys.has(item)))}>
          <TagList className="chips">
            {items.map((item) => (
              <Tag key={item} id={item} textValue={item} className="chip">
                {item}
                <Button slot="remove" aria-label={t("form.remove", { name: item })}>
                  ×
                </Button>
              </Tag>
            ))}
          </TagList>
        </TagGroup>
      )}
    </div>
  );
}

/** Words separated by spaces or commas. */
export function wordsOf(typed: string): string[] {
  return typed.split(/[\s,]+/).filter(Boolean);
}
