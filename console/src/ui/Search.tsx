interface SearchProps {
  label: string;
  value: string;
  onChange: (words: string) => void;
  hint?: string;
}

/** The field above a list. A page has one. */
export function Search({ label, value, onChange, hint }: SearchProps) {
  return (
    <div className="search">
      <label htmlFor="search">{label}</label>
      <input
        id="search"
        type="search"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        maxLength={80}
        aria-describedby={hint && "search-hint"}
      />
      {hint && (
        <p id="search-hint" slot="description">
          {hint}
        </p>
      )}
    </div>
  );
}
