// Elements, and values as people read them. Texts become text nodes and nothing else: what containers say of themselves is never read as HTML.

const vectors = "http://www.w3.org/2000/svg";

function build(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined));
  return element;
}

/** Makes an element. Attributes that begin with "on" are listeners; children are nodes, texts, or lists of these. */
export const h = (name, attributes, ...children) => build(document.createElement(name), attributes, children);

/** Makes an element of a picture. */
export const svg = (name, attributes, ...children) => build(document.createElementNS(vectors, name), attributes, children);

/** Bytes as people read them, powers of 1024. */
export function size(bytes) {
  if (bytes === undefined || bytes === null || bytes < 0) return "";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) { bytes /= 1024; unit++; }
  return `${bytes >= 100 || unit === 0 ? Math.round(bytes) : bytes.toFixed(1)} ${units[unit]}`;
}

/** A moment: seconds since 1970, or a text. */
export function when(moment) {
  const date = new Date(typeof moment === "number" ? moment * 1000 : moment);
  if (!moment || isNaN(date) || date.getUTCFullYear() <= 1) return "";
  return h("time", { datetime: date.toISOString() }, date.toLocaleString());
}

/** The beginning of an identity. */
export const short = id => (id ?? "").replace(/^sha256:/, "").slice(0, 12);

export const identity = id => h("span", { class: "digest", title: id }, short(id));

/** A table. Heads that begin with # are of numbers; rows are lists of cells in the order of the heads. */
export function table(heads, rows, label) {
  const body = h("tbody", {}, rows);
  return h("table", { "aria-label": label },
    h("thead", {}, h("tr", {}, heads.map(head => h("th", { scope: "col", class: head.startsWith("#") ? "number" : null }, head === "" ? h("span", { class: "unseen" }, "Actions") : head.replace("#", ""))))), body);
}

/** A row; on narrow screens each cell says the name of its column. */
export function row(heads, cells, attributes) {
  return h("tr", attributes, cells.map((cell, index) => {
    const head = heads[index];
    return h("td", { class: head === "" ? "actions" : head.startsWith("#") ? "number" : null, "data-name": head.replace("#", "") }, cell);
  }));
}

/** A name and what it stands for, unless that is nothing. */
export const pair = (name, ...content) => content.flat(Infinity).some(part => part !== null && part !== undefined && part !== "") ? [h("dt", {}, name), h("dd", {}, ...content)] : [];

/** A heading that hears of it when a view opens. */
export const title = text => h("h1", { tabindex: "-1" }, text);

/** A heading with what belongs to it, or nothing without any. */
export const part = (name, content) => content && content.length ? [h("h2", {}, name), content] : [];

/** The end of a list that has nothing. */
export const nothing = text => h("p", { class: "soft" }, text);

/** Whether some texts have all words of a search. */
export function matches(search, ...texts) {
  const all = texts.join(" ").toLowerCase();
  return search.toLowerCase().split(/\s+/).every(word => all.includes(word));
}

/** A field to search with. The key / leads to it. */
export function searchField(label, changed) {
  const field = h("input", { type: "search", id: "search", placeholder: label, autocomplete: "off", "aria-label": label, oninput: () => changed(field.value) });
  return field;
}
