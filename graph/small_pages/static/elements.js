// Elements of the pages, made without any HTML of a string: what is typed or answered stays text.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

export function field(label, attributes, hint) {
  const hintId = hint && `${attributes.name}-hint`;
  const input = element("input", { required: true, "aria-describedby": hintId, ...attributes });
  return element("label", {}, label, ...(hint ? [element("span", { class: "hint", id: hintId }, hint)] : []), input);
}

export function checkbox(label, onChange) {
  const box = element("input", { type: "checkbox" });
  box.addEventListener("change", () => onChange(box.checked));
  return element("label", { class: "check" }, box, label);
}

// `submit` gets what was typed. It may run once at a time: a second press while it runs does nothing.
export function form(label, submit, ...children) {
  const button = element("button", { type: "submit" }, label);
  const made = element("form", {}, ...children, button);
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    try {
      await submit(Object.fromEntries(new FormData(made)));
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
  return made;
}
