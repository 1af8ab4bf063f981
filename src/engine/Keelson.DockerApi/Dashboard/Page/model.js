// What the page knows of the engine: one list of containers, kept true by events. No row asks for itself, and nothing is asked for again and again.

import { follow, get, lines } from "./api.js";

const eventLimit = 500;
/** How long changes are gathered before the containers that they are about are asked for, in milliseconds. */
const gather = 60;
/** With more containers than this at once the whole list is asked for: their names would not fit into an address. */
const manyAtOnce = 40;
/** How often the words "Up 5 minutes" are made anew, in milliseconds; no event tells of them. */
const ageInterval = 60_000;

const changes = new Set(["create", "start", "die", "stop", "kill", "pause", "unpause", "restart", "rename", "update", "oom", "commit"]);

export const model = {
  /** Containers by their identity, the newest first. */
  containers: new Map(),
  /** Events, the newest last. */
  events: [],
};

const listeners = new Set();
let queue = Promise.resolve();
let touched = new Set();
let timer = null;

/** Hears of changes until a signal: containers (the identities of those that changed), event, problem. */
export function listen(listener, signal) {
  listeners.add(listener);
  signal.addEventListener("abort", () => listeners.delete(listener));
}

function tell(what, value) {
  for (const listener of listeners) listener[what]?.(value);
}

/** One after the other: an older answer must not come after a newer one. */
function enqueue(work) {
  queue = queue.then(work).catch(error => tell("problem", error));
  return queue;
}

/** Asks for all containers. */
export const loadContainers = () => enqueue(loadAll);

async function loadAll() {
  const list = await get("/containers/json", { all: 1 });
  adopt(list, new Set([...model.containers.keys(), ...list.map(container => container.Id)]));
}

const loadTouched = () => enqueue(async () => {
  const identities = touched;
  touched = new Set();
  if (identities.size > manyAtOnce) await loadAll();
  else adopt(await get("/containers/json", { all: 1, filters: JSON.stringify({ id: [...identities] }) }), identities);
});

/** Takes what was told of some containers, and tells which of them are not as they were. */
function adopt(found, identities) {
  const before = model.containers, told = new Map(found.map(container => [container.Id, container]));
  const changed = new Set([...identities].filter(id => JSON.stringify(before.get(id)) !== JSON.stringify(told.get(id))));
  if (!changed.size) return;
  const added = found.filter(container => !before.has(container.Id));
  const kept = [...before.values()].filter(container => !changed.has(container.Id) || told.has(container.Id)).map(container => changed.has(container.Id) ? told.get(container.Id) : container);
  model.containers = new Map([...added, ...kept].map(container => [container.Id, container]));
  tell("containers", changed);
}

function touch(id) {
  if (!id) return;
  touched.add(id);
  timer ??= setTimeout(() => { timer = null; loadTouched(); }, gather);
}

/** @param known Lines that were there before the stream was opened again. */
function take(line, known) {
  if (known.has(line)) return;
  const event = { ...JSON.parse(line), line };
  model.events.push(event);
  if (model.events.length > eventLimit) model.events.shift();
  if (event.Type === "container") {
    if (event.Action === "destroy" && model.containers.delete(event.Actor.ID)) tell("containers", new Set([event.Actor.ID]));
    else if (changes.has(event.Action) || event.Action.startsWith("health_status")) touch(event.Actor.ID);
  } else if (event.Type === "network" && event.Actor.Attributes?.container) touch(event.Actor.Attributes.container);
  tell("event", event);
}

/** Begins to keep up with the engine, for as long as the page lives. */
export function start(lost) {
  const begun = Math.floor(Date.now() / 1000) - 900;
  let wasLost = false;
  const forever = new AbortController().signal;
  follow(() => ({ path: "/events", query: { since: model.events.at(-1)?.time ?? begun } }), () => {
    const known = new Set(model.events.map(event => event.line));
    return lines(line => take(line, known));
  }, forever, problem => {
    // What happened meanwhile may be more than the engine keeps.
    if (wasLost && !problem) loadContainers();
    wasLost = problem !== null;
    lost(problem);
  });
  setInterval(() => { if (!document.hidden && model.containers.size) loadContainers(); }, ageInterval);
}
