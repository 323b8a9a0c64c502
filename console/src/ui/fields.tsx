import { useState, type ReactNode } from "react";
import { Checkbox, FieldError, Input, Label, Text, TextField, type TextFieldProps } from "react-aria-components";
import { useTranslation } from "react-i18next";

interface FieldProps extends TextFieldProps {
  label: string;
  hint?: ReactNode;
  placeholder?: string;
}

export function Field({ label, hint, placeholder, ...props }: FieldProps) {
  return (
    <TextField {...props}>
      <Label>{label}</Label>
      <Input placeholder={placeholder} />
      {hint && <Text slot="description">{hint}</Text>}
      <FieldError />
    </TextField>
  );
}

/** Hides what is typed until the user wants to see it. */
export function PasswordField({ label, hint, ...props }: FieldProps) {
  const { t } = useTranslation();
  const [isShown, setShown] = useState(false);
  return (
    <div className="password">
      <Field label={label} hint={hint} type={isShown ? "text" : "password"} isRequired {...props} />
      <Checkbox isSelected={isShown} onChange={setShown}>
        <span className="box" aria-hidden />
        {t("form.showPassword")}
      </Checkbox>
    </div>
  );
}
