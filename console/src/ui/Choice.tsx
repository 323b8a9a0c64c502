interface ChoiceProps<Name extends string> {
  label: string;
  value: Name;
  choices: readonly Name[];
  nameOf: (choice: Name) => string;
  onChange: (choice: Name) => void;
}

export function Choice<Name extends string>({ label, value, choices, nameOf, onChange }: ChoiceProps<Name>) {
  return (
    <label className="choice">
      {label}
      <select value={value} onChange={(event) => onChange(event.target.value as Name)}>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {nameOf(choice)}
          </option>
        ))}
      </select>
    </label>
  );
}
