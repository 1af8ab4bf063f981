// The frame of the page: which view is shown, and what all of them have.

import { loadRights, rights, takeKey } from "./api.js";
import { h } from "./dom.js";
import { listen, loadContainers, start } from "./model.js";
import { container } from "./container.js";
import { containers } from "./containers.js";
import { image, images } from "./images.js";
import { networks } from "./networks.js";
import { events, system } from "./system.js";
import { volumes } from "./volumes.js";

const main = document.getElementById("main");
const problem = document.getElementById("problem");
const told = document.getElementById("told");
const views = { containers: ["Containers", containers], images: ["Images", images], networks: ["Networks", networks], volumes: ["Volumes", volumes], events: ["Events", events], system: ["System", system] };
const details = { containers: container, images: image };

let turn = new AbortController();
let isFirst = true;

/** Says a problem until there is another view or none. */
function complain(error) {
  if (error?.name === "AbortError") return;
  problem.textContent = error ? error.message : "";
  problem.hidden = !error;
}

/** What views have to say. */
const page = {
  complain,
  /** Tells people who do not see the page what happened. */
  tell: text => { told.textContent = text; },
  /** Does something and says how it went. */
  async attempt(work, done) {
    complain(null);
    try {
      await work();
      if (done) page.tell(done);
      return true;
    } catch (error) {
      complain(error);
      return false;
    }
  },
  /** A button that does something. What cannot be undone asks first. */
  button(text, name, work, question) {
    const button = h("button", { type: "button", class: question ? "danger" : null, "aria-label": name, onclick: async () => {
      if (question && !confirm(question)) return;
      button.disabled = true;
      await page.attempt(work, name);
      button.disabled = false;
    } }, text);
    return button;
  },
};

async function show() {
  turn.abort();
  turn = new AbortController();
  const signal = turn.signal;
  const [name, ...rest] = location.hash.replace(/^#\//, "").split("/").map(decodeURIComponent);
  const known = name in views ? name : "containers";
  for (const link of document.querySelectorAll("#views a")) {
    if (link.dataset.view === known) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${views[known][0]} · Keelson`;
  complain(null);
  listen({ problem: complain }, signal);
  try {
    const content = rest.length && rest[0] && details[known] ? await details[known](page, signal, ...rest) : await views[known][1](page, signal);
    if (signal.aborted) return;
    main.replaceChildren(...content.flat(Infinity).filter(child => child !== null && child !== undefined));
    if (!isFirst) main.querySelector("h1")?.focus();
    isFirst = false;
  } catch (error) {
    if (signal.aborted) return;
    main.replaceChildren();
    complain(error);
  }
}

function keys(event) {
  if (event.key !== "/" || event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, textarea, select")) return;
  const field = document.getElementById("search");
  if (!field) return;
  event.preventDefault();
  field.focus();
}

document.dispatchEvent(new Event("keelson-loaded"));
takeKey();
try {
  await loadRights();
  const scope = document.getElementById("scope");
  scope.textContent = [rights.isReadOnly ? "read-only" : "", rights.label ?? ""].filter(text => text).join(", ");
  scope.hidden = !scope.textContent;
  document.getElementById("views").append(...Object.entries(views).map(([name, [text]]) => h("a", { href: `#/${name}`, "data-view": name }, text)));
  document.getElementById("skip").addEventListener("click", event => { event.preventDefault(); main.focus(); });
  await loadContainers();
  start(complain);
  // Views look into the list of containers, which is there now.
  addEventListener("hashchange", show);
  addEventListener("keydown", keys);
  await show();
} catch (error) {
  complain(error);
}
