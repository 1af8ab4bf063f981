// The list of containers.

import { act, rights } from "./api.js";
import { h, matches, nothing, row, searchField, table, title, when } from "./dom.js";
import { listen, model } from "./model.js";

const heads = ["Name", "Image", "State", "Published", "Created", ""];

export const nameOf = container => (container.Names?.[0] ?? container.Id).replace(/^\//, "");

export const place = id => `#/containers/${id}`;

/** Whether a container has processes. */
export const isRunning = container => container.State === "running" || container.State === "paused" || container.State === "restarting";

/** What it is doing, in docker's words, and how it fares. */
export function state(container) {
  const health = /\((?:health: )?(healthy|unhealthy|starting)\)/.exec(container.Status)?.[1];
  const kind = health === "unhealthy" || container.State === "dead" ? "bad" : container.State === "running" ? health === "starting" ? "warn" : "good" : container.State === "paused" || container.State === "restarting" ? "warn" : "";
  return [h("span", { class: `badge ${kind}` }, health ?? container.State), h("span", { class: "soft" }, container.Status)];
}

/** Published ports, those of IPv4 and IPv6 as one. */
export function ports(container) {
  const texts = (container.Ports ?? []).filter(port => port.PublicPort).map(port => `${/^(0\.0\.0\.0|::|)$/.test(port.IP ?? "") ? "" : port.IP.includes(":") ? `[${port.IP}]:` : port.IP + ":"}${port.PublicPort} → ${port.PrivatePort}/${port.Type}`);
  return [...new Set(texts)].sort();
}

/** Buttons for what can be done with a container in its state. */
export function actions(page, container, removed) {
  if (rights.isReadOnly) return [];
  const name = nameOf(container);
  const path = `/containers/${container.Id}`;
  const post = (text, operation) => page.button(text, `${text} ${name}`, () => act("POST", `${path}/${operation}`));
  const running = isRunning(container);
  return [
    running ? null : post("Start", "start"),
    running ? post("Stop", "stop") : null,
    running ? post("Restart", "restart") : null,
    removed && container.State === "running" ? post("Pause", "pause") : null,
    removed && container.State === "paused" ? post("Resume", "unpause") : null,
    page.button("Remove", `Remove ${name}`, async () => {
      await act("DELETE", path, { force: running ? 1 : 0 });
      removed?.();
    }, `Remove the container ${name}${running ? ", which is running" : ""}?`),
  ];
}

/** The row of a container. What has changed is made anew and nothing else: somebody may be about to press a button in it. */
class Line {
  constructor(page, container) {
    this.page = page;
    this.element = row(heads, heads.map(() => []), { "data-id": container.Id });
    this.keys = [];
    this.update(container);
  }

  update(container) {
    const name = nameOf(container), published = ports(container);
    const cells = [
      [name, () => [h("a", { href: place(container.Id) }, name)]], [container.Image, () => [container.Image]], [container.State + container.Status, () => state(container)], [published.join(), () => published.map(text => h("div", {}, text))],
      [container.Created, () => [when(container.Created)]], [container.State + name, () => actions(this.page, container).filter(button => button)],
    ];
    cells.forEach(([key, make], index) => {
      if (this.keys[index] === key) return;
      this.keys[index] = key;
      const cell = this.element.cells[index], isHeld = cell.contains(document.activeElement);
      cell.replaceChildren(...make());
      if (isHeld) cell.querySelector("a, button")?.focus();
    });
  }
}

export async function containers(page, signal) {
  let search = "", all = true;
  const rows = new Map();
  const list = table(heads, [], "Containers");
  const body = list.tBodies[0];
  const count = h("p", { class: "soft", id: "count" });
  const none = nothing("There are none.");

  const isWanted = container => (all || isRunning(container)) && (!search || container.Id.startsWith(search) || matches(search, nameOf(container), container.Image, container.Status, ...Object.entries(container.Labels ?? {}).flat()));
  const filter = () => {
    let shown = 0;
    for (const [id, { element }] of rows) {
      element.hidden = !isWanted(model.containers.get(id));
      if (!element.hidden) shown++;
    }
    const running = [...model.containers.values()].filter(isRunning).length;
    count.textContent = `${model.containers.size} ${model.containers.size === 1 ? "container" : "containers"}, ${running} running${shown === model.containers.size ? "" : `, ${shown} shown`}`;
    none.hidden = shown > 0;
    list.hidden = shown === 0;
  };
  /** Brings the rows of some containers up to date. */
  const update = changed => {
    for (const id of changed) {
      const container = model.containers.get(id), known = rows.get(id);
      if (container && known) known.update(container);
      else if (container) {
        rows.set(id, new Line(page, container));
        body.prepend(rows.get(id).element);
      } else {
        known?.element.remove();
        rows.delete(id);
      }
    }
    filter();
  };
  for (const container of model.containers.values()) rows.set(container.Id, new Line(page, container));
  body.append(...[...rows.values()].map(line => line.element));
  filter();
  listen({ containers: update }, signal);
  return [
    h("div", { class: "row" }, title("Containers"),
      h("label", {}, h("input", { type: "checkbox", onchange: event => { all = !event.target.checked; filter(); } }), " running only"),
      searchField("Search containers", value => { search = value.trim(); filter(); })),
    count, list, none,
  ];
}
