// Images, and the history of one.

import { act, get, rights } from "./api.js";
import { h, identity, matches, nothing, pair, part, row, searchField, short, size, table, title, when } from "./dom.js";
import { listen, model } from "./model.js";

const heads = ["Names", "Identity", "#Size", "Created", "Containers", ""];

const place = id => `#/images/${encodeURIComponent(id)}`;
const namesOf = image => (image.RepoTags ?? []).filter(name => name !== "<none>:<none>");
/** A name of an image in a path: its slashes stay. */
const inPath = name => name.split("/").map(encodeURIComponent).join("/");

const remove = (page, name, words, done) => page.button("Remove", `Remove ${words}`, async () => {
  await act("DELETE", `/images/${inPath(name)}`);
  done?.();
}, `Remove ${words}?`);

function line(page, image) {
  const names = namesOf(image);
  const users = [...model.containers.values()].filter(container => container.ImageID === image.Id).length;
  return row(heads, [
    names.length ? names.map(name => h("div", {}, h("a", { href: place(image.Id) }, name))) : h("a", { href: place(image.Id) }, "without a name"), identity(image.Id), size(image.Size), when(image.Created), users || "",
    rights.isReadOnly ? [] : remove(page, names.length === 1 ? names[0] : image.Id, `the image ${names[0] ?? short(image.Id)}`),
  ], { "data-id": image.Id });
}

export async function images(page, signal) {
  let search = "", list = await get("/images/json", {}, signal), timer = null;
  const body = h("div");
  const draw = () => {
    const shown = list.filter(image => !search || short(image.Id).startsWith(search) || matches(search, ...namesOf(image)));
    body.replaceChildren(shown.length ? table(heads, shown.map(image => line(page, image)), "Images") : nothing("There are none."));
  };
  const load = async () => {
    const found = await get("/images/json", {}, signal);
    if (signal.aborted) return;
    list = found;
    draw();
  };
  draw();
  listen({
    event: event => {
      if (event.Type !== "image" && event.Action !== "commit") return;
      clearTimeout(timer);
      timer = setTimeout(() => page.attempt(load), 60);
    },
    containers: draw,
  }, signal);
  return [h("div", { class: "row" }, title("Images"), searchField("Search images", value => { search = value.trim(); draw(); })), body];
}

export async function image(page, signal, name) {
  const layerHeads = ["Made by", "#Size", "Created"];
  const about = await get(`/images/${inPath(name)}/json`, {}, signal);
  const history = await get(`/images/${inPath(about.Id)}/history`, {}, signal);
  const config = about.Config ?? {};
  const names = about.RepoTags ?? [];
  document.title = `${names[0] ?? short(about.Id)} · Keelson`;
  return [
    h("div", { class: "row" }, title(names[0] ?? short(about.Id)), rights.isReadOnly ? [] : remove(page, names.length === 1 ? names[0] : about.Id, `the image ${names[0] ?? short(about.Id)}`, () => { location.hash = "#/images"; })),
    h("dl", {}, pair("Identity", h("code", {}, about.Id)), pair("Names", names.map(text => h("div", {}, text))), pair("Digests", (about.RepoDigests ?? []).map(text => h("div", {}, h("code", {}, text)))), pair("Size", size(about.Size)), pair("Created", when(about.Created)),
      pair("Platform", `${about.Os}/${about.Architecture}`), pair("Author", about.Author), pair("Entry point", config.Entrypoint?.length ? h("code", {}, config.Entrypoint.join(" ")) : ""), pair("Command", config.Cmd?.length ? h("code", {}, config.Cmd.join(" ")) : ""),
      pair("User", config.User), pair("Working directory", config.WorkingDir), pair("Ports", Object.keys(config.ExposedPorts ?? {}).join(", ")), pair("Volumes", Object.keys(config.Volumes ?? {}).join(", "))),
    part("History", [table(layerHeads, history.map(step => row(layerHeads, [h("code", {}, step.CreatedBy || step.Comment), size(step.Size), when(step.Created)])), "History")]),
    part("Environment", config.Env?.length ? [h("pre", { tabindex: "0", "aria-label": "Environment" }, config.Env.join("\n"))] : []),
    part("Labels", Object.keys(config.Labels ?? {}).length ? [h("dl", {}, Object.entries(config.Labels).map(([key, value]) => [h("dt", {}, key), h("dd", {}, value)]))] : []),
  ];
}
