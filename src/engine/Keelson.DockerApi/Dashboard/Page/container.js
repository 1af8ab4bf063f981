// One container: what it is, how it does, what it says, and a terminal in it.

import { act, follow, frames, get, lines, rights } from "./api.js";
import { actions, isRunning, nameOf, place, ports, state } from "./containers.js";
import { h, identity, pair, part, row, size, table, title, when } from "./dom.js";
import { Graph } from "./graph.js";
import { listen, model } from "./model.js";
import { terminal } from "./terminal.js";

const lineLimit = 5000;

export async function container(page, signal, id, tab = "overview") {
  const about = await get(`/containers/${encodeURIComponent(id)}/json`, {}, signal);
  id = about.Id;
  const tabs = { overview: ["Overview", overview], logs: ["Logs", logs], terminal: ["Terminal", terminal], inspect: ["Inspect", inspect] };
  if (!rights.hasStreams) delete tabs.logs;
  if (rights.isReadOnly) delete tabs.terminal;
  const chosen = tab in tabs ? tab : "overview";
  const head = h("div", { class: "row" });
  let key = "";
  const name = () => about.Name.replace(/^\//, "");
  const heading = title(name());
  const told = h("span", { id: "state" });
  const fill = () => {
    const summary = model.containers.get(id);
    if (!summary) {
      // It was removed; one that was made a moment ago is about to be in the list.
      if (key) location.hash = "#/containers";
      return;
    }
    heading.textContent = nameOf(summary);
    told.replaceChildren(...state(summary));
    if (key === summary.State + nameOf(summary)) return;
    key = summary.State + nameOf(summary);
    head.replaceChildren(heading, told, ...actions(page, summary, () => { location.hash = "#/containers"; }).filter(button => button));
  };
  fill();
  listen({ containers: changed => { if (changed.has(id)) fill(); } }, signal);
  document.title = `${name()} · Keelson`;
  return [
    head,
    h("nav", { "aria-label": "About the container" }, Object.entries(tabs).map(([key, [text]]) => h("a", { href: `${place(id)}/${key}`, "aria-current": key === chosen ? "page" : null }, text))),
    await tabs[chosen][1](page, signal, about),
  ];
}

async function overview(page, signal, about) {
  const mountHeads = ["Where", "Type", "From", "Mode"];
  const networkHeads = ["Network", "Address", "IPv6", "Hardware address", "Names"];
  const summary = model.containers.get(about.Id);
  const graphs = h("div", { class: "graphs", id: "stats" });
  const draw = drawing(page, signal, about.Id, graphs);
  draw();
  listen({ containers: changed => { if (changed.has(about.Id)) draw(); } }, signal);
  return [
    graphs,
    h("dl", {},
      pair("Identity", h("code", {}, about.Id)), pair("Image", h("a", { href: `#/images/${encodeURIComponent(about.Image)}` }, about.Config.Image)), pair("Command", h("code", {}, [about.Path, ...about.Args ?? []].join(" "))),
      pair("Created", when(about.Created)), pair("Started", when(about.State.StartedAt)), pair("Ended", isRunning({ State: about.State.Status }) ? "" : when(about.State.FinishedAt)),
      pair("Process", about.State.Pid || ""), pair("Exit code", about.State.Status === "exited" ? about.State.ExitCode : ""), pair("Error", about.State.Error), pair("User", about.Config.User), pair("Host name", about.Config.Hostname),
      pair("Restarts", about.HostConfig.RestartPolicy?.Name && about.HostConfig.RestartPolicy.Name !== "no" ? `${about.HostConfig.RestartPolicy.Name}, ${about.RestartCount} so far` : ""),
      pair("Memory limit", about.HostConfig.Memory ? size(about.HostConfig.Memory) : ""), pair("Published", (summary ? ports(summary) : []).map(text => h("div", {}, text)))),
    about.State.Health ? part("Health", h("dl", {}, pair("Status", about.State.Health.Status), pair("Failures in a row", about.State.Health.FailingStreak), pair("The last check said", h("code", {}, about.State.Health.Log?.at(-1)?.Output ?? "")))) : null,
    part("Networks", Object.entries(about.NetworkSettings.Networks ?? {}).length ? [table(networkHeads, Object.entries(about.NetworkSettings.Networks).map(([name, end]) => row(networkHeads, [name, end.IPAddress, end.GlobalIPv6Address, end.MacAddress, (end.Aliases ?? []).join(", ")])), "Networks")] : []),
    part("Mounts", about.Mounts?.length ? [table(mountHeads, about.Mounts.map(mount => row(mountHeads, [mount.Destination, mount.Type, mount.Name ?? mount.Source, mount.RW ? "rw" : "ro"])), "Mounts")] : []),
    part("Environment", about.Config.Env?.length ? [h("pre", { tabindex: "0", "aria-label": "Environment" }, about.Config.Env.join("\n"))] : []),
    part("Labels", Object.keys(about.Config.Labels ?? {}).length ? [h("dl", {}, Object.entries(about.Config.Labels).map(([key, value]) => [h("dt", {}, key), h("dd", {}, value)]))] : []),
  ];
}

/** Draws statistics for as long as the container runs. */
function drawing(page, signal, id, place) {
  let turn = null;
  return () => {
    const runs = isRunning(model.containers.get(id) ?? {});
    if (!runs) {
      turn?.abort();
      turn = null;
      place.replaceChildren();
    }
    if (!runs || turn) return;
    const mine = turn = new AbortController();
    signal.addEventListener("abort", () => mine.abort());
    const percent = value => `${value.toFixed(1)} %`, rate = value => `${size(value)}/s`;
    const cpu = new Graph("CPU", percent, 1), memory = new Graph("Memory", size, 1), network = new Graph("Network", rate, 1024, ["in", "out"]), disk = new Graph("Disk", rate, 1024, ["read", "written"]), processes = new Graph("Processes", String, 1);
    place.replaceChildren(...[cpu, memory, network, disk, processes].map(graph => graph.element));
    let before = null;
    follow(() => ({ path: `/containers/${id}/stats`, query: { stream: 1 } }), () => {
      before = null;
      return lines(line => {
        const now = sample(JSON.parse(line));
        if (before && now.at > before.at) {
          const seconds = (now.at - before.at) / 1000;
          const grown = name => Math.max(0, now[name] - before[name]) / seconds;
          cpu.add(grown("cpu") * 100);
          network.add(grown("received"), grown("sent"));
          disk.add(grown("read"), grown("written"));
        }
        memory.add(now.memory);
        processes.add(now.processes);
        before = now;
      });
    }, mine.signal).catch(error => page.complain(error));
  };
}

/** Counters of one moment: processor time in seconds, the rest in bytes. */
function sample(stats) {
  const sum = (list, key) => list.reduce((total, entry) => total + (entry[key] ?? 0), 0);
  const disk = operation => (stats.blkio_stats?.io_service_bytes_recursive ?? []).filter(entry => entry.op.toLowerCase() === operation).reduce((total, entry) => total + entry.value, 0);
  const devices = Object.values(stats.networks ?? {});
  return {
    at: Date.parse(stats.read), cpu: (stats.cpu_stats?.cpu_usage?.total_usage ?? 0) / 1e9,
    memory: Math.max(0, (stats.memory_stats?.usage ?? 0) - (stats.memory_stats?.stats?.inactive_file ?? stats.memory_stats?.stats?.total_inactive_file ?? 0)),
    received: sum(devices, "rx_bytes"), sent: sum(devices, "tx_bytes"), read: disk("read"), written: disk("write"), processes: stats.pids_stats?.current ?? 0,
  };
}

async function logs(page, signal, about) {
  const tail = h("select", { "aria-label": "How many lines" }, ["100", "1000", "5000"].map(count => h("option", { value: count }, `${count} lines`)));
  const stamps = h("input", { type: "checkbox" }), keep = h("input", { type: "checkbox", checked: true });
  const box = h("pre", { class: "log", id: "log", role: "log", tabindex: "0", "aria-label": `Log of ${about.Name.replace(/^\//, "")}` });
  let turn = new AbortController();
  const begin = () => {
    turn.abort();
    const mine = turn = new AbortController();
    signal.addEventListener("abort", () => mine.abort());
    box.replaceChildren();
    read(about, tail.value, mine.signal, box, stamps, keep).catch(error => page.complain(error));
  };
  tail.addEventListener("change", begin);
  stamps.addEventListener("change", begin);
  begin();
  // What starts again writes again.
  listen({ event: event => { if (event.Actor.ID === about.Id && event.Action === "start") begin(); } }, signal);
  return [h("div", { class: "row" }, tail, h("label", {}, stamps, " timestamps"), h("label", {}, keep, " follow")), box];
}

function read(about, count, signal, box, stamps, keep) {
  // Escape sequences of terminals, which are no text.
  const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;
  let last = "", until = "", waiting = [];
  const put = () => {
    if (signal.aborted) return;
    const batch = waiting.slice(-lineLimit);
    waiting = [];
    box.append(...batch);
    while (box.childElementCount > lineLimit) box.firstElementChild.remove();
    if (keep.checked) box.scrollTop = box.scrollHeight;
  };
  const add = (text, isError) => {
    const space = text.indexOf(" "), stamp = text.slice(0, space);
    // After a pause the stream begins with the line that was the last one.
    if (until && stamp <= until) return;
    until = "";
    last = stamp;
    if (!waiting.length) requestAnimationFrame(put);
    waiting.push(h("div", { class: isError ? "error" : null }, stamps.checked ? h("span", { class: "stamp" }, stamp + " ") : null, text.slice(space + 1).replace(/\r?\n?$/, "").replaceAll(escapes, "")));
    if (waiting.length > 2 * lineLimit) waiting.splice(0, lineLimit);
  };
  const begin = () => {
    until = last;
    if (about.Config.Tty) return lines(text => add(text, false));
    const decoder = new TextDecoder();
    return frames((stream, content) => add(decoder.decode(content), stream === 2));
  };
  return follow(() => ({ path: `/containers/${about.Id}/logs`, query: { stdout: 1, stderr: 1, follow: 1, timestamps: 1, tail: last ? "all" : count, since: last ? String(Date.parse(last) / 1000) : undefined } }), begin, signal);
}

async function inspect(page, signal, about) {
  return [h("pre", { id: "inspect", tabindex: "0", "aria-label": "What inspect tells" }, JSON.stringify(about, null, 2))];
}
