// One element for pages of any origin: <gatehouse-model model="NAME"></gatehouse-model>. docs/frontend.md describes it.

import { StrictMode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { I18nextProvider } from "react-i18next";
import { enableShadowDOM } from "@react-stately/flags";
import pieces from "../ui/pieces.css?inline";
import { Panel } from "./Panel";
import host from "./host.css?inline";
import { languageOf, textsIn } from "./texts";

// Gatehouse is where this script came from, which is known only while it runs. Null in a module.
const SCRIPT = document.currentScript as HTMLScriptElement | null;
const HERE = SCRIPT && new URL(".", SCRIPT.src).href;

// Without it the component library takes each press for one outside of the button.
enableShadowDOM();

// The component library would write this element with a style in it, which a Content-Security-Policy may forbid. It
// looks for the id first; host.css has the style.
const PRESS = "react-aria-pressable-style";

// No style element and no style attribute: a page needs to allow nothing but the script.
function sheetOf(text: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}

const SHEETS = [sheetOf(pieces), sheetOf(host)];

class GatehouseModel extends HTMLElement {
  static observedAttributes = ["service", "model", "lang"];

  #token: string | null = null;
  #root: Root | null = null;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = SHEETS;
  }

  /** The API token. A page cannot read it back, and there is no attribute for it: attributes are stored with the page. */
  set token(token: string | null | undefined) {
    this.#token = token || null;
    this.#render();
  }

  connectedCallback(): void {
    if (!document.getElementById(PRESS)) document.head.append(Object.assign(document.createElement("meta"), { id: PRESS }));
    this.#root = createRoot(this.shadowRoot!);
    this.#takeEarlierToken();
    this.#render();
  }

  disconnectedCallback(): void {
    this.#root?.unmount();
    this.#root = null;
  }

  attributeChangedCallback(): void {
    this.#render();
  }

  // A page may have set it before this script was there.
  #takeEarlierToken(): void {
    const own = Object.getOwnPropertyDescriptor(this, "token");
    if (!own) return;
    delete (this as { token?: unknown }).token;
    this.token = own.value as string;
  }

  #render(): void {
    const name = this.getAttribute("model");
    const service = this.getAttribute("service") ?? HERE;
    if (!this.#root || !name || !service) return;
    const endpoint = new URL(`${service.replace(/\/$/, "")}/graphql`, document.baseURI);
    this.#root.render(
      <StrictMode>
        <I18nextProvider i18n={textsIn(languageOf(this))}>
          <Panel endpoint={endpoint} name={name} token={this.#token} />
        </I18nextProvider>
      </StrictMode>,
    );
  }
}

customElements.define("gatehouse-model", GatehouseModel);
