// The engine as a whole: what it is, what its disk holds, and what happens in it.

import { get } from "./api.js";
import { h, identity, matches, nothing, pair, part, row, searchField, size, table, title, when } from "./dom.js";
import { listen, model } from "./model.js";

const diskHeads = ["What", "#Count", "#In use", "#Size", "#To be had back"];
const eventHeads = ["When", "What", "Name", "Of", "More"];

export async function system(page, signal) {
  const [version, info, disk] = await Promise.all([get("/version", {}, signal), get("/info", {}, signal), get("/system/df", {}, signal)]);
  const sum = (list, value) => list.reduce((total, item) => total + Math.max(0, value(item) ?? 0), 0);
  const containers = disk.Containers ?? [], images = disk.Images ?? [], volumes = disk.Volumes ?? [], cache = disk.BuildCache ?? [];
  const stopped = containers.filter(container => container.State !== "running");
  const lines = [
    ["Images", images.length, images.filter(image => image.Containers > 0).length, disk.LayersSize, sum(images.filter(image => !(image.Containers > 0)), image => image.Size - Math.max(0, image.SharedSize))],
    ["Containers", containers.length, containers.length - stopped.length, sum(containers, container => container.SizeRw), sum(stopped, container => container.SizeRw)],
    ["Volumes", volumes.length, volumes.filter(volume => volume.UsageData?.RefCount > 0).length, sum(volumes, volume => volume.UsageData?.Size), sum(volumes.filter(volume => !(volume.UsageData?.RefCount > 0)), volume => volume.UsageData?.Size)],
    ["Build cache", cache.length, cache.filter(step => step.InUse).length, sum(cache, step => step.Size), sum(cache.filter(step => !step.InUse), step => step.Size)],
  ];
  return [
    title("System"),
    h("dl", {},
      pair("Engine", `keelsond ${version.Version}`), pair("API", `${version.ApiVersion}, from ${version.MinAPIVersion} on`), pair("Machine", info.Name), pair("System", `${info.OperatingSystem}, kernel ${info.KernelVersion}, ${info.Architecture}`),
      pair("Processors", info.NCPU), pair("Memory", size(info.MemTotal)), pair("Containers", `${info.Containers}: ${info.ContainersRunning} running, ${info.ContainersPaused} paused, ${info.ContainersStopped} stopped`), pair("Images", info.Images),
      pair("Snapshots", info.Driver), pair("Control groups", `version ${info.CgroupVersion}, ${info.CgroupDriver}`), pair("Directory", h("code", {}, info.DockerRootDir)), pair("Warnings", (info.Warnings ?? []).map(text => h("div", { class: "problem" }, text)))),
    part("Disk", [table(diskHeads, lines.map(([name, count, used, bytes, free]) => row(diskHeads, [name, count, used, size(bytes) || "0 B", size(free) || "0 B"])), "Disk")]),
  ];
}

/** What is worth a look besides the name. */
function more(event) {
  return Object.entries(event.Actor.Attributes ?? {}).filter(([key]) => ["image", "exitCode", "signal", "container", "execID", "type"].includes(key)).map(([key, value]) => `${key}=${value.length > 20 ? value.slice(0, 12) : value}`).join(" ");
}

/** What people call it. A volume has its name for an identity. */
const nameOf = event => event.Type === "volume" ? event.Actor.ID : event.Actor.Attributes?.name === event.Actor.ID ? "" : event.Actor.Attributes?.name ?? "";

const line = event => row(eventHeads, [when(event.time), `${event.Type} ${event.Action}`, nameOf(event), identity(event.Actor.ID), more(event)]);

export async function events(page, signal) {
  let search = "";
  const list = table(eventHeads, [], "Events"), body = list.tBodies[0];
  const none = nothing("Nothing has happened for a while.");
  const isWanted = event => !search || event.Actor.ID.startsWith(search) || matches(search, event.Type, event.Action, nameOf(event), ...Object.values(event.Actor.Attributes ?? {}));
  const show = () => { list.hidden = !body.rows.length; none.hidden = !list.hidden; };
  const draw = () => {
    body.replaceChildren(...model.events.filter(isWanted).map(line).reverse());
    show();
  };
  draw();
  listen({
    event: event => {
      if (!isWanted(event)) return;
      body.prepend(line(event));
      while (body.rows.length > 500) body.lastElementChild.remove();
      show();
    },
  }, signal);
  return [h("div", { class: "row" }, title("Events"), searchField("Search events", value => { search = value.trim(); draw(); })), list, none];
}
