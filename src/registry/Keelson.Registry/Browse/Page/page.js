// The page to browse a registry: what /keelson/v1/ answers, as text. Nothing that comes from the registry is ever read as HTML.

const main = document.getElementById("main");
const words = document.getElementById("words");
const login = document.getElementById("login");
const leave = document.getElementById("leave");

// In memory alone: a page that is closed has forgotten it.
let credentials = null;
let tokens = new Map();
let turn = 0;

/** Makes an element. Attributes that begin with "on" are listeners; children are nodes, texts, or lists of these. */
function h(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined));
  return element;
}

class Refused extends Error {
  constructor(status, challenge, text) {
    super(text);
    this.status = status;
    this.challenge = challenge;
  }
}

function basic() {
  const bytes = new TextEncoder().encode(`${credentials.user}:${credentials.password}`);
  return "Basic " + btoa(String.fromCharCode(...bytes));
}

/** The parts of a challenge: scheme, realm, service, scope. RFC 9110 section 11.6.1. */
function challengeOf(text) {
  const parts = { scheme: (/^\s*(\w+)/.exec(text ?? "") ?? ["", ""])[1].toLowerCase() };
  for (const [, key, value] of (text ?? "").matchAll(/(\w+)="([^"]*)"/g)) parts[key] = value;
  return parts;
}

/** A token for a challenge. The password goes to a token server of this registry's own origin and to no other. */
async function tokenFor(challenge) {
  const realm = new URL(challenge.realm, location.href);
  if (realm.origin !== location.origin && credentials) throw new Refused(401, null, `The token server ${realm.origin} is another site: log in with a client instead.`);
  if (challenge.service) realm.searchParams.set("service", challenge.service);
  if (challenge.scope) realm.searchParams.set("scope", challenge.scope);
  const answer = await fetch(realm, { headers: credentials ? { Authorization: basic() } : {}, credentials: "omit" });
  if (!answer.ok) throw new Refused(answer.status, null, "Wrong name or password.");
  const body = await answer.json();
  return body.token ?? body.access_token;
}

async function ask(method, path, accept) {
  const key = `${method} ${path.split("?")[0]}`;
  const headers = { Accept: accept ?? "application/json" };
  if (tokens.has(key)) headers.Authorization = "Bearer " + tokens.get(key);
  else if (credentials) headers.Authorization = basic();
  let answer = await fetch(path, { method, headers, credentials: "omit" });
  if (answer.status === 401) {
    const challenge = challengeOf(answer.headers.get("WWW-Authenticate"));
    if (challenge.scheme === "bearer") {
      tokens.set(key, await tokenFor(challenge));
      answer = await fetch(path, { method, headers: { ...headers, Authorization: "Bearer " + tokens.get(key) }, credentials: "omit" });
      if (answer.status === 401) tokens.delete(key);
    }
  }
  if (!answer.ok) throw new Refused(answer.status, answer.headers.get("WWW-Authenticate"), await problemOf(answer));
  return answer.status === 204 || answer.headers.get("Content-Length") === "0" ? null : await answer.json();
}

async function problemOf(answer) {
  try {
    const body = await answer.json();
    return body.errors.map(error => error.message).join("; ");
  } catch {
    return `The registry answered ${answer.status}.`;
  }
}

const api = (path, query) => {
  const parameters = new URLSearchParams(Object.entries(query ?? {}).filter(([, value]) => value));
  return ask("GET", `keelson/v1/${path}${parameters.size ? "?" + parameters : ""}`);
};

const escapePath = name => name.split("/").map(encodeURIComponent).join("/");

/** Bytes as people read them, powers of 1024. */
function size(bytes) {
  if (bytes === undefined || bytes === null) return "";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) { bytes /= 1024; unit++; }
  return `${bytes >= 100 || unit === 0 ? Math.round(bytes) : bytes.toFixed(1)} ${units[unit]}`;
}

function when(text) {
  if (!text) return h("span", { class: "soft" }, "never");
  return h("time", { datetime: text, title: text }, new Date(text).toLocaleString());
}

const short = digest => h("span", { class: "digest", title: digest }, digest.slice(0, digest.indexOf(":") + 13));

const table = (heads, rows) => h("table", {},
  h("thead", {}, h("tr", {}, heads.map(head => h("th", { scope: "col", class: head.startsWith("#") ? "number" : null }, head.replace("#", ""))))),
  h("tbody", {}, rows));

const cell = (...content) => h("td", {}, ...content);
const number = content => h("td", { class: "number" }, content);
const pair = (name, ...content) => content.flat().some(part => part !== null && part !== undefined && part !== "") ? [h("dt", {}, name), h("dd", {}, ...content)] : [];

/** A list in pages: the next one is asked for when it is wanted. */
async function pages(body, load, row) {
  const more = h("button", { type: "button" }, "More");
  let last = "";
  const next = async () => {
    more.disabled = true;
    const page = await load(last);
    for (const item of page.items) body.append(row(item));
    last = page.next;
    more.hidden = !last;
    more.disabled = false;
  };
  more.addEventListener("click", () => attempt(next));
  await next();
  return more;
}

async function repositories(search) {
  const body = h("tbody");
  const more = await pages(body, async last => {
    const page = await api("repositories", { search, last });
    return { items: page.repositories, next: page.next };
  }, repository => h("tr", {},
    cell(h("a", { href: "#/r/" + escapePath(repository.name) }, repository.name)),
    number(repository.tags), number(size(repository.bytes)), number(repository.pulls ?? 0), cell(when(repository.pushed))));
  const list = table(["Repository", "#Tags", "#Size", "#Pulls", "Pushed"], []);
  list.tBodies[0].replaceWith(body);
  return [h("h1", {}, search ? `Repositories with “${search}”` : "Repositories"), body.rows.length ? list : h("p", { class: "soft" }, "There are none."), more];
}

async function repository(name, search) {
  const about = await api("repositories/" + escapePath(name));
  const body = h("tbody");
  const more = await pages(body, async last => {
    const page = await api("tags/" + escapePath(name), { search, last });
    return { items: page.tags, next: page.next };
  }, tag => h("tr", {},
    cell(h("a", { href: `#/i/${escapePath(name)}:${encodeURIComponent(tag.name)}` }, tag.name), " ", tag.isImmutable ? h("span", { class: "badge" }, "immutable") : null),
    cell(short(tag.digest)), cell((tag.platforms ?? []).map(platform => h("span", { class: "badge" }, platform))),
    number(size(tag.bytes)), number(tag.pulls ?? 0), cell(when(tag.pushed)),
    cell(remove(`Delete the tag ${tag.name}?`, () => ask("DELETE", `v2/${escapePath(name)}/manifests/${encodeURIComponent(tag.name)}`)))));
  const list = table(["Tag", "Digest", "Platforms", "#Size", "#Pulls", "Pushed", ""], []);
  list.tBodies[0].replaceWith(body);
  return [
    h("div", { class: "row" }, h("h1", {}, name), remove(`Delete the repository ${name} with all its tags?`, async () => {
      await ask("DELETE", "keelson/v1/repositories/" + escapePath(name));
      location.hash = "#/";
    }, "Delete repository")),
    h("p", { class: "soft" }, `${about.tags} tags, ${about.manifests} manifests, ${size(about.bytes)}, ${about.pulls ?? 0} pulls`),
    body.rows.length ? list : h("p", { class: "soft" }, "There are no tags."), more,
  ];
}

function remove(question, work, text) {
  return h("button", { type: "button", class: "danger", onclick: () => {
    if (confirm(question)) attempt(async () => { await work(); await show(); });
  } }, text ?? "Delete");
}

async function image(reference) {
  const found = await api("images/" + reference.split("/").map(part => encodeURIComponent(part).replaceAll("%3A", ":").replaceAll("%40", "@")).join("/"));
  const name = found.repository;
  const config = found.config;
  const link = digest => h("a", { href: `#/i/${escapePath(name)}@${digest}` }, short(digest));
  return [
    h("h1", {}, h("a", { href: "#/r/" + escapePath(name) }, name), reference.slice(name.length)),
    h("pre", { id: "pull" }, `docker pull ${location.host}/${name}@${found.digest}`),
    h("dl", {},
      pair("Digest", h("span", { class: "digest" }, found.digest)), pair("Media type", found.mediaType), pair("Artifact type", found.artifactType), pair("Size", size(found.bytes)),
      pair("Tags", (found.tags ?? []).map(tag => h("a", { class: "badge", href: `#/i/${escapePath(name)}:${encodeURIComponent(tag)}` }, tag))),
      pair("Platforms", (found.platforms ?? []).map(platform => h("span", { class: "badge" }, platform))),
      found.pushed ? pair("Pushed", when(found.pushed)) : [], pair("Pulls", `${found.pulls ?? 0}`), found.subject ? pair("Attached to", link(found.subject)) : []),
    found.manifests?.length ? [h("h2", {}, "Images"), table(["Digest", "Platform", "Media type", "#Size"], found.manifests.map(part => h("tr", {}, cell(link(part.digest)), cell(part.platform ?? ""), cell(part.artifactType ?? part.mediaType), number(size(part.bytes)))))] : null,
    found.layers?.length ? [h("h2", {}, "Layers"), table(["#", "Digest", "Media type", "#Size"], found.layers.map((layer, index) => h("tr", {}, cell(`${index + 1}`), cell(h("span", { class: "digest" }, layer.digest)), cell(layer.mediaType), number(size(layer.bytes)))))] : null,
    found.referrers?.length ? [h("h2", {}, "Signatures and attachments"), table(["Kind", "Digest", "Type", "Signed by", "#Size"], found.referrers.map(part => h("tr", {},
      cell(h("span", { class: "badge" }, part.kind)), cell(link(part.digest)), cell(part.artifactType ?? part.mediaType), cell((part.signers ?? []).map(signer =>
        h("span", { class: signer.isVerified ? "badge good" : "badge", title: signer.isVerified ? "the signature was verified" : "what the signature says of itself" }, signer.isVerified ? `✓ ${signer.name}` : signer.name))), number(size(part.bytes)))))] : null,
    config ? [h("h2", {}, "Configuration"),
      config.problem ? h("p", { class: "problem" }, config.problem) : null,
      h("dl", {}, pair("Created", config.created ? when(config.created) : null), pair("Author", config.author), pair("User", config.user), pair("Working directory", config.workingDirectory),
        pair("Entry point", config.entrypoint?.length ? h("code", {}, config.entrypoint.join(" ")) : null), pair("Command", config.command?.length ? h("code", {}, config.command.join(" ")) : null),
        pair("Ports", (config.ports ?? []).join(", ")), pair("Volumes", (config.volumes ?? []).join(", ")), pair("Stop signal", config.stopSignal)),
      config.env?.length ? [h("h2", {}, "Environment"), h("pre", {}, config.env.join("\n"))] : null,
      Object.keys(config.labels ?? {}).length ? [h("h2", {}, "Labels"), h("dl", {}, Object.entries(config.labels).map(([key, value]) => pair(key, value)))] : null,
      config.history?.length ? [h("h2", {}, "History"), h("ol", {}, config.history.map(step => h("li", { class: step.madeNoLayer ? "soft" : null }, h("code", {}, step.command ?? step.comment ?? ""))))] : null] : null,
    Object.keys(found.annotations ?? {}).length ? [h("h2", {}, "Annotations"), h("dl", {}, Object.entries(found.annotations).map(([key, value]) => pair(key, value)))] : null,
  ];
}

/** What the address asks for: "#/", "#/r/NAME", "#/i/NAME:TAG" or "#/i/NAME@DIGEST". */
function load() {
  const [path, search] = location.hash.replace(/^#/, "").split("?");
  const query = new URLSearchParams(search).get("search") ?? "";
  words.value = query;
  const [, kind, ...rest] = path.split("/");
  const name = rest.map(decodeURIComponent).join("/");
  if (kind === "r" && name) return repository(name, query);
  if (kind === "i" && name) return image(name);
  return repositories(query);
}

async function show() {
  const mine = ++turn;
  main.setAttribute("aria-busy", "true");
  try {
    const content = await load();
    if (mine !== turn) return;
    main.replaceChildren(...[content].flat(Infinity).filter(part => part));
  } finally {
    if (mine === turn) main.removeAttribute("aria-busy");
  }
  leave.hidden = !credentials;
}

/** Does something that the registry may refuse: who is not known is asked for a name once, and then it is done again. */
async function attempt(work) {
  try {
    await work();
  } catch (error) {
    if (error instanceof Refused && error.status === 401 && await logIn(credentials ? error.message : "")) return attempt(work);
    main.replaceChildren(h("p", { class: "problem", role: "alert" }, error.message));
  }
}

function logIn(why) {
  document.getElementById("why").textContent = why;
  login.returnValue = "";
  login.showModal();
  return new Promise(resolve => login.addEventListener("close", () => {
    const password = document.getElementById("password");
    if (login.returnValue === "login") {
      credentials = { user: document.getElementById("user").value, password: password.value };
      tokens = new Map();
    }
    password.value = "";
    resolve(login.returnValue === "login");
  }, { once: true }));
}

document.getElementById("search").addEventListener("submit", event => {
  event.preventDefault();
  const [path] = location.hash.split("?");
  const base = path.startsWith("#/r/") ? path : "#/";
  location.hash = words.value ? `${base}?search=${encodeURIComponent(words.value)}` : base;
});
leave.addEventListener("click", () => {
  credentials = null;
  tokens = new Map();
  attempt(show);
});
addEventListener("hashchange", () => attempt(show));
attempt(show);
