// Networks: a picture of who is where, and a list.

import { act, get, rights } from "./api.js";
import { isRunning, nameOf, place, ports } from "./containers.js";
import { h, identity, nothing, part, row, svg, table, title } from "./dom.js";
import { listen, model } from "./model.js";

const heads = ["Name", "Driver", "Subnets", "Kind", "Containers", ""];
const builtIn = new Set(["bridge", "host", "none"]);

export async function networks(page, signal) {
  let list = await get("/networks", {}, signal), all = false, timer = null;
  const picture = h("div", { class: "picture", id: "picture" });
  const rows = h("div");
  const draw = () => {
    picture.replaceChildren(draft(list, [...model.containers.values()].filter(container => all || isRunning(container))));
    rows.replaceChildren(table(heads, list.map(network => line(page, network)), "Networks"));
  };
  const load = async () => {
    const found = await get("/networks", {}, signal);
    if (signal.aborted) return;
    list = found;
    draw();
  };
  draw();
  listen({
    containers: draw,
    event: event => {
      if (event.Type !== "network") return;
      clearTimeout(timer);
      timer = setTimeout(() => page.attempt(load), 60);
    },
  }, signal);
  return [
    h("div", { class: "row" }, title("Networks"), h("label", {}, h("input", { type: "checkbox", onchange: event => { all = event.target.checked; draw(); } }), " also containers that do not run")),
    picture, part("List", [rows]),
  ];
}

const endsOf = container => Object.entries(container.NetworkSettings?.Networks ?? {});

function line(page, network) {
  const inside = [...model.containers.values()].filter(container => endsOf(container).some(([name, end]) => end.NetworkID === network.Id || name === network.Name));
  return row(heads, [
    network.Name, network.Driver, (network.IPAM?.Config ?? []).map(config => h("div", {}, config.Subnet)), [network.Internal ? "internal" : "", network.EnableIPv6 ? "IPv6" : ""].filter(text => text).join(", "),
    inside.map(container => h("div", {}, h("a", { href: place(container.Id) }, nameOf(container)))),
    rights.isReadOnly || builtIn.has(network.Name) ? [] : page.button("Remove", `Remove the network ${network.Name}`, () => act("DELETE", `/networks/${encodeURIComponent(network.Id)}`), `Remove the network ${network.Name}?`),
  ], { "data-id": network.Id });
}

const gap = 14, left = 10, boxWidth = 230, middle = 340, right = 680, portWidth = 230, head = 26, step = 18;

const cut = text => text.length > 28 ? text.slice(0, 27) + "…" : text;

/**
 * Draws networks on the left, containers in the middle, each below the others of its first network, and what they publish on the right.
 *   [network] ─── address, container ─── [port → port]
 */
function draft(list, containers) {
  const order = new Map(list.map((network, index) => [network.Name, index]));
  const first = container => Math.min(...endsOf(container).map(([name]) => order.get(name) ?? Infinity), Infinity);
  const boxes = containers.map(container => ({ container, ends: endsOf(container), ports: ports(container), at: first(container) }))
    .sort((a, b) => a.at - b.at || nameOf(a.container).localeCompare(nameOf(b.container)));
  const shown = list.filter(network => !builtIn.has(network.Name) || network.Name === "bridge" || boxes.some(box => box.ends.some(([name]) => name === network.Name)));
  if (!shown.length && !boxes.length) return nothing("There are none.");
  let y = gap;
  for (const box of boxes) {
    box.y = y;
    box.height = head + step * Math.max(box.ends.length, 1) + 4;
    y += Math.max(box.height, box.ports.length * step) + gap;
  }
  let below = gap;
  const nodes = new Map();
  for (const network of shown) {
    const own = boxes.filter(box => box.ends.some(([name]) => name === network.Name) && box.at === order.get(network.Name));
    const wish = own.length ? (own[0].y + own.at(-1).y + own.at(-1).height) / 2 - 25 : below;
    const node = { network, y: Math.max(below, wish), height: 50, isIdle: !boxes.some(box => box.ends.some(([name]) => name === network.Name)) };
    below = node.y + node.height + gap;
    nodes.set(network.Name, node);
  }
  const height = Math.max(y, below), width = right + portWidth + left;
  const words = `${shown.length} networks and ${boxes.length} containers`;
  return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": `Picture of ${words}` },
    boxes.map(box => box.ends.map(([name], index) => nodes.has(name) ? edge(nodes.get(name), box, index) : null)), [...nodes.values()].map(networkNode), boxes.map(containerNode), boxes.map(portNodes));
}

function edge(node, box, index) {
  const from = node.y + node.height / 2, to = box.y + head + step * index + 5, between = (left + boxWidth + middle) / 2;
  return svg("path", { class: "edge", "data-from": node.network.Name, "data-to": nameOf(box.container), d: `M${left + boxWidth} ${from}C${between} ${from} ${between} ${to} ${middle} ${to}` });
}

function networkNode({ network, y, height, isIdle }) {
  const subnets = (network.IPAM?.Config ?? []).map(config => config.Subnet).join(", ");
  return svg("g", { class: `node network${isIdle ? " idle" : ""}`, "data-name": network.Name, role: "img", "aria-label": `Network ${network.Name}` }, svg("title", {}, `${network.Name} ${subnets}`),
    svg("rect", { x: left, y, width: boxWidth, height, rx: 6 }), svg("text", { x: left + 10, y: y + 20 }, cut(network.Name)), svg("text", { x: left + 10, y: y + 38, class: "detail" }, cut(`${network.Driver}${network.Internal ? ", internal" : ""} ${subnets}`)));
}

function containerNode({ container, ends, y, height }) {
  const name = nameOf(container);
  return svg("a", { href: place(container.Id), class: `node container${isRunning(container) ? "" : " idle"}`, "data-name": name, "aria-label": `Container ${name}` }, svg("title", {}, name),
    svg("rect", { x: middle, y, width: boxWidth, height, rx: 6 }), svg("text", { x: middle + 10, y: y + 19 }, cut(name)),
    ends.map(([network, end], index) => svg("text", { x: middle + 10, y: y + head + step * index + 10, class: "detail" }, cut([end.IPAddress, end.GlobalIPv6Address].filter(text => text).join(", ") || network))));
}

function portNodes(box) {
  return box.ports.map((text, index) => {
    const y = box.y + step * index + 18;
    return [svg("path", { class: "way", d: `M${middle + boxWidth} ${y - 4}H${right - 6}` }), svg("g", { class: "node port", "data-name": text }, svg("text", { x: right, y }, text))];
  });
}
