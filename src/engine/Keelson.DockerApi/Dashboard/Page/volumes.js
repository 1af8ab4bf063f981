// Volumes, and who has them.

import { act, get, rights } from "./api.js";
import { nameOf, place } from "./containers.js";
import { h, nothing, row, table, title, when } from "./dom.js";
import { listen, model } from "./model.js";

const heads = ["Name", "Driver", "Directory", "Created", "Containers", ""];

function line(page, volume) {
  const users = [...model.containers.values()].filter(container => (container.Mounts ?? []).some(mount => mount.Type === "volume" && mount.Name === volume.Name));
  return row(heads, [
    volume.Name, volume.Driver, h("code", {}, volume.Mountpoint), when(volume.CreatedAt), users.map(container => h("div", {}, h("a", { href: place(container.Id) }, nameOf(container)))),
    rights.isReadOnly ? [] : page.button("Remove", `Remove the volume ${volume.Name}`, () => act("DELETE", `/volumes/${encodeURIComponent(volume.Name)}`), `Remove the volume ${volume.Name} and all that is in it?`),
  ], { "data-id": volume.Name });
}

export async function volumes(page, signal) {
  let timer = null;
  const body = h("div");
  const load = async () => {
    const list = (await get("/volumes", {}, signal)).Volumes ?? [];
    if (!signal.aborted) body.replaceChildren(list.length ? table(heads, list.map(volume => line(page, volume)), "Volumes") : nothing("There are none."));
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => page.attempt(load), 60);
  };
  await load();
  listen({ event: event => { if (event.Type === "volume") soon(); }, containers: soon }, signal);
  return [title("Volumes"), body];
}
