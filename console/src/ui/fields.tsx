import { useState, type ReactNode } from "react";
import { FieldError, Input, Label, Text, TextField, type TextFieldProps } from "react-aria-components";
import { useTranslation } from "react-i18next";

interface FieldProps extends TextFieldProps {
  label: string;
  hint?: ReactNode;
  /** Of a number: "any" where it need not be whole. */
  step?: "any";
}

export function Field({ label, hint, step, ...props }: FieldProps) {
  return (
    <TextField {...props}>
      <Label>{label}</Label>
      <Input step={step} />
      {hint && <Text slot="description">{hint}</Text>}
      <FieldProblem />
    </TextField>
  );
}

/** What is wrong with the field around it. The browser's own messages are in the language of the browser. */
export function FieldProblem() {
  const { t } = useTranslation();
  return (
    <FieldError>
      {({ validationDetails, validationErrors }) => {
        const found = FAULTS.find((fault) => validationDetails[fault]);
        return found ? t(`form.faults.${found}`) : validationErrors.join(" ");
      }}
    </FieldError>
  );
}

const FAULTS = ["valueMissing", "typeMismatch", "tooShort", "tooLong", "badInput", "rangeUnderflow", "rangeOverflow", "stepMismatch"] as const;

/** Hides what is typed until the user wants to see it. */
export function PasswordField({ label, hint, ...props }: FieldProps) {
  const { t } = useTranslation();
  const [isShown, setShown] = useState(false);
  return (
    <div className="password">
      <Field label={label} hint={hint} type={isShown ? "text" : "password"} isRequired {...props} />
      <label className="check">
        <input type="checkbox" checked={isShown} onChange={(event) => setShown(event.target.checked)} />
        {t("form.showPassword")}
      </label>
    </div>
  );
}
