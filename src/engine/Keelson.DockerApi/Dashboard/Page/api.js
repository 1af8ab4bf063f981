// Requests to the daemon: docker's operations, with the key that lets this page in.

const sendAttempts = 4;
/** In milliseconds. */
const sendPause = 100;

/** Characters of a line; a longer one is taken for several. */
const lineLimit = 1 << 20;

const keyName = "keelson-key";
const version = "/v1.41";

/** What the page may do. */
export const rights = { isReadOnly: true, hasStreams: false, label: null };

/** The daemon's answer that something is not to be had. */
export class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

/** Takes the key out of the address; of this tab alone, and of no other port of this host. */
export function takeKey() {
  const key = /^#([0-9a-f]{64})$/.exec(location.hash);
  if (!key) return;
  sessionStorage.setItem(keyName, key[1]);
  history.replaceState(null, "", "/#/containers");
}

const key = () => sessionStorage.getItem(keyName) ?? "";

/** Learns what the page may do. */
export const loadRights = async () => Object.assign(rights, await (await request("GET", "/dashboard/rights")).json());

async function request(method, path, options) {
  const headers = { "X-Keelson-Key": key() };
  if (options?.body !== undefined) headers["Content-Type"] = "application/json";
  const { answer, isRepeated } = await send(path, { method, headers, body: options?.body === undefined ? undefined : JSON.stringify(options.body), signal: options?.signal, cache: "no-store", redirect: "error" });
  if (answer.ok || answer.status === 304) return answer;
  // The request that was broken off has done it.
  if (isRepeated && method !== "GET" && options?.body === undefined && (answer.status === 404 || answer.status === 409)) return new Response("");
  throw new Refused(answer.status, await problemOf(answer));
}

/** Sends a request. Each container that starts or ends changes the machine's network, and then a browser breaks off what it has not sent yet: that is sent again. */
async function send(path, options) {
  for (let attempt = 1; ; attempt++) {
    try {
      return { answer: await fetch(path, options), isRepeated: attempt > 1 };
    } catch (error) {
      if (options.signal?.aborted) throw error;
      if (attempt === sendAttempts) throw gone();
      await pause(sendPause * attempt, options.signal);
    }
  }
}

async function problemOf(answer) {
  if (answer.status === 401) return "The daemon does not know this page: it was started anew, or this tab is a new one. Open the address that stands in the file dashboard of its state directory.";
  try {
    return (await answer.json()).message;
  } catch {
    return `The daemon answered ${answer.status}.`;
  }
}

function address(path, query) {
  const parameters = new URLSearchParams(Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null));
  return version + path + (parameters.size ? "?" + parameters : "");
}

/** What an operation tells, as JSON. */
export const get = async (path, query, signal) => (await request("GET", address(path, query), { signal })).json();

/** Does something; what it answers is JSON, or nothing. */
export async function act(method, path, query, body) {
  const text = await (await request(method, address(path, query), { body })).text();
  return text.trim() ? JSON.parse(text) : null;
}

/** A websocket to a process that was made for a container. */
export const openTerminal = id => new WebSocket(`ws://${location.host}/dashboard/exec/${encodeURIComponent(id)}/ws`, ["keelson.terminal", "key." + key()]);

const pause = (milliseconds, signal) => new Promise(resolve => {
  const timer = setTimeout(resolve, milliseconds);
  signal?.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
});

const shown = signal => new Promise(resolve => {
  const look = () => {
    if (document.hidden && !signal.aborted) return;
    document.removeEventListener("visibilitychange", look);
    resolve();
  };
  document.addEventListener("visibilitychange", look);
  signal.addEventListener("abort", look, { once: true });
  look();
});

const gone = () => new Error("The daemon has gone. The page goes on when it is back, and asks to be opened anew if it was started anew.");

/**
 * Reads a stream until a signal. A tab that is not seen reads none: a browser has six connections to a host for all its tabs.
 * @param place Path and query of the stream, asked for each time it is opened.
 * @param begin Called when it is opened; returns what takes its bytes.
 * @param signal Ends it.
 * @param lost For a stream that should not end: hears that it did, and null when it is there again. Without, its end is the end.
 */
export async function follow(place, begin, signal, lost) {
  let wait = 200;
  while (!signal.aborted) {
    await shown(signal);
    if (signal.aborted) return;
    const turn = new AbortController();
    const end = () => turn.abort();
    const hide = () => { if (document.hidden) end(); };
    signal.addEventListener("abort", end);
    document.addEventListener("visibilitychange", hide);
    try {
      const { path, query } = place();
      const reader = (await request("GET", address(path, query), { signal: turn.signal })).body.getReader();
      lost?.(null);
      wait = 200;
      if (await drain(reader, begin()) && !lost) return;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused && !lost) throw error;
      // A stream that broke off is opened again; one that cannot be has been tried for several times.
      if (!turn.signal.aborted) lost?.(error);
    } finally {
      signal.removeEventListener("abort", end);
      document.removeEventListener("visibilitychange", hide);
    }
    if (!document.hidden) await pause(wait, signal);
    wait = Math.min(wait * 2, 5000);
  }
}

/** Reads to the end; false when the stream broke off before. */
async function drain(reader, take) {
  for (;;) {
    let piece;
    try {
      piece = await reader.read();
    } catch {
      return false;
    }
    if (piece.done) return true;
    take(piece.value);
  }
}

/** Takes bytes and hands lines on. */
export function lines(take) {
  const decoder = new TextDecoder();
  let rest = "";
  return bytes => {
    const all = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = all.pop();
    for (const line of all) take(line);
    if (rest.length < lineLimit) return;
    take(rest);
    rest = "";
  };
}

/**
 * Takes bytes and hands the contents of frames on, with 1 for output and 2 for errors.
 *   | stream, 0, 0, 0 | length, 4 bytes, the highest first | content |
 */
export function frames(take) {
  let rest = new Uint8Array(0);
  return bytes => {
    const all = new Uint8Array(rest.length + bytes.length);
    all.set(rest);
    all.set(bytes, rest.length);
    let at = 0;
    while (all.length - at >= 8) {
      const length = new DataView(all.buffer, at + 4).getUint32(0);
      if (all.length - at - 8 < length) break;
      take(all[at], all.subarray(at + 8, at + 8 + length));
      at += 8 + length;
    }
    rest = all.slice(at);
  };
}
