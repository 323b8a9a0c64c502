// Forms of the account panel.

import { showMessage } from "./credential.js";

export const h = React.createElement;

// React stores none of the typed text. When the form is removed, the password is gone.
export function Form({ submit, label, children }) {
  const [busy, setBusy] = React.useState(false);
  const onSubmit = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (busy) return;
    setBusy(true);
    try {
      await submit(Object.fromEntries(new FormData(form)));
    } catch (failure) {
      showMessage(failure.message);
    }
    setBusy(false);
  };
  const button = h("button", { type: "submit", className: "graphiql-button", "aria-disabled": busy }, label);
  return h("form", { onSubmit, "aria-busy": busy }, children, button);
}

export const field = (label, attributes) => h("label", null, label, h("input", attributes));
