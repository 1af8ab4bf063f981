// A terminal in a container: a process is made, a websocket carries what it reads and writes, and a screen shows that.

import { act, get, openTerminal } from "./api.js";
import { isRunning } from "./containers.js";
import { h } from "./dom.js";
import { model } from "./model.js";
import { Screen } from "./screen.js";

const historyLimit = 2000;

const keys = { Enter: "\r", Backspace: "\x7f", Tab: "\t", Escape: "\x1b", PageUp: "\x1b[5~", PageDown: "\x1b[6~", Insert: "\x1b[2~", Delete: "\x1b[3~", F1: "\x1bOP", F2: "\x1bOQ", F3: "\x1bOR", F4: "\x1bOS",
  F5: "\x1b[15~", F6: "\x1b[17~", F7: "\x1b[18~", F8: "\x1b[19~", F9: "\x1b[20~", F10: "\x1b[21~", F11: "\x1b[23~", F12: "\x1b[24~" };
const moves = { ArrowUp: "A", ArrowDown: "B", ArrowRight: "C", ArrowLeft: "D", Home: "H", End: "F" };

/** The colours of xterm's palette behind the first sixteen, which have classes. */
function paletteColour(number) {
  if (number >= 232) return `rgb(${Array(3).fill(8 + 10 * (number - 232)).join()})`;
  const level = value => value === 0 ? 0 : 55 + 40 * value;
  return `rgb(${[Math.floor((number - 16) / 36), Math.floor((number - 16) / 6) % 6, (number - 16) % 6].map(level).join()})`;
}

export async function terminal(page, signal, about) {
  const name = about.Name.replace(/^\//, "");
  const command = h("input", { value: "sh", "aria-label": "Command", autocomplete: "off", spellcheck: "false" });
  const user = h("input", { placeholder: "user of the image", "aria-label": "User", autocomplete: "off", spellcheck: "false" });
  const told = h("span", { class: "soft", id: "terminal-state", role: "status" });
  const place = h("div");
  let current = null;
  const connect = () => page.attempt(async () => {
    current?.close();
    const made = await act("POST", `/containers/${about.Id}/exec`, {}, { AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: true, Cmd: command.value.trim().split(/\s+/), User: user.value.trim(), Env: ["TERM=xterm-256color"] });
    if (signal.aborted) return;
    current = new TerminalView(made.Id, name, told, page);
    place.replaceChildren(current.element);
    current.begin();
  });
  signal.addEventListener("abort", () => current?.close());
  const form = h("form", { class: "row", onsubmit: event => { event.preventDefault(); connect(); } }, h("label", {}, "Command ", command), h("label", {}, "User ", user), h("button", {}, "Connect"), told);
  if (!isRunning(model.containers.get(about.Id) ?? {})) return [h("p", { class: "soft" }, "The container does not run.")];
  return [form, place, h("p", { class: "soft" }, "Shift and Tab lead out of the terminal; Control, Shift and C or V copy and paste.")];
}

class TerminalView {
  constructor(exec, name, told, page) {
    this.exec = exec;
    this.told = told;
    this.page = page;
    this.past = h("div");
    this.present = h("div");
    this.field = h("textarea", { "aria-label": `Terminal in ${name}`, autocapitalize: "off", autocomplete: "off", spellcheck: "false", rows: "1" });
    this.measure = h("span", { class: "measure", "aria-hidden": "true" }, "M".repeat(100));
    this.element = h("div", { class: "terminal", id: "terminal" }, this.measure, this.past, this.present, this.field);
    this.encoder = new TextEncoder();
    this.decoder = new TextDecoder();
    this.rows = [];
    this.isWaiting = false;
    this.element.addEventListener("mouseup", () => { if (getSelection().isCollapsed) this.field.focus({ preventScroll: true }); });
    this.field.addEventListener("keydown", event => this.press(event));
    this.field.addEventListener("input", event => { if (!event.isComposing) this.typed(); });
    this.field.addEventListener("compositionend", () => this.typed());
    this.field.addEventListener("paste", event => { event.preventDefault(); this.paste(event.clipboardData.getData("text")); });
  }

  /** Opens the connection. The element must be on the page, which says how many characters it has room for. */
  begin() {
    const { columns, rows } = this.room();
    this.screen = new Screen(columns, rows, text => this.send(text));
    this.socket = openTerminal(this.exec);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => {
      this.told.textContent = "Connected.";
      this.page.attempt(() => this.resize());
      this.field.focus();
    };
    this.socket.onmessage = event => {
      this.screen.write(this.decoder.decode(event.data, { stream: true }));
      this.draw();
    };
    this.socket.onclose = () => this.ended();
    this.observer = new ResizeObserver(() => {
      const room = this.room();
      if (room.columns === this.screen.columns && room.rows === this.screen.rows) return;
      this.screen.resize(room.columns, room.rows);
      this.draw();
      this.page.attempt(() => this.resize());
    });
    this.observer.observe(this.element);
  }

  close() {
    this.isClosed = true;
    this.observer?.disconnect();
    this.socket?.close();
  }

  async ended() {
    this.observer?.disconnect();
    if (this.isClosed) return;
    try {
      const about = await get(`/exec/${this.exec}/json`);
      this.told.textContent = about.ExitCode === null || about.ExitCode === undefined ? "The connection has ended." : `Ended with exit code ${about.ExitCode}.`;
    } catch (error) {
      this.told.textContent = `The connection has ended: ${error.message}`;
    }
  }

  room() {
    const width = this.measure.getBoundingClientRect().width / 100, style = getComputedStyle(this.element);
    const columns = Math.floor((this.element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)) / (width || 8));
    const rows = Math.floor((this.element.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom)) / parseFloat(style.lineHeight));
    return { columns: Math.min(Math.max(columns, 20), 500), rows: Math.min(Math.max(rows, 5), 200) };
  }

  async resize() {
    if (this.socket.readyState === WebSocket.OPEN) await act("POST", `/exec/${this.exec}/resize`, { w: this.screen.columns, h: this.screen.rows });
  }

  send(text) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(this.encoder.encode(text));
  }

  press(event) {
    // Shift and Tab, and what the browser does with Shift and Control or with its own key, stay its own.
    if (event.isComposing || event.metaKey || event.key === "Tab" && event.shiftKey || event.ctrlKey && event.shiftKey) return;
    const text = this.sequenceOf(event);
    if (text === null) return;
    event.preventDefault();
    this.send(text);
  }

  sequenceOf(event) {
    const before = event.altKey ? "\x1b" : "";
    if (event.key in keys) return before + keys[event.key];
    if (event.key in moves) return before + (this.screen.hasApplicationKeys ? "\x1bO" : "\x1b[") + moves[event.key];
    if (event.key.length !== 1) return null;
    if (event.ctrlKey) return /[@-_a-z ]/.test(event.key) ? before + String.fromCharCode(event.key.toUpperCase().charCodeAt(0) & 31) : null;
    return event.altKey ? before + event.key : null;
  }

  typed() {
    this.send(this.field.value);
    this.field.value = "";
  }

  paste(text) {
    text = text.replaceAll(/\r?\n/g, "\r").replaceAll("\x1b", "");
    this.send(this.screen.bracketsPaste ? `\x1b[200~${text}\x1b[201~` : text);
  }

  draw() {
    if (this.isWaiting) return;
    this.isWaiting = true;
    requestAnimationFrame(() => { this.isWaiting = false; this.drawNow(); });
  }

  drawNow() {
    const isAtEnd = this.element.scrollTop + this.element.clientHeight >= this.element.scrollHeight - 4;
    for (const line of this.screen.takeScrolled()) this.past.append(this.lineOf(line, -1));
    while (this.past.childElementCount > historyLimit) this.past.firstElementChild.remove();
    while (this.rows.length > this.screen.rows) this.rows.pop().remove();
    this.screen.lines.forEach((line, index) => {
      if (!line.isDirty && this.rows[index]) return;
      line.isDirty = false;
      const made = this.lineOf(line, index === this.screen.y && this.screen.hasCursor ? this.screen.x : -1);
      if (this.rows[index]) this.rows[index].replaceWith(made);
      else this.present.append(made);
      this.rows[index] = made;
    });
    if (isAtEnd) this.element.scrollTop = this.element.scrollHeight;
  }

  /** A line as an element: characters that look the same are one piece. */
  lineOf(line, cursor) {
    let end = line.text.length;
    while (end > cursor + 1 && end > 0 && line.text[end - 1] === " " && line.looks[end - 1].back === null && !line.looks[end - 1].inverse) end--;
    const pieces = [];
    for (let at = 0; at < end;) {
      let to = at + 1;
      while (to < end && line.looks[to] === line.looks[at] && to !== cursor && at !== cursor) to++;
      pieces.push(this.pieceOf(line.text.slice(at, to).join(""), line.looks[at], at === cursor));
      at = to;
    }
    return h("div", { class: "line" }, pieces);
  }

  pieceOf(text, look, isCursor) {
    const classes = ["bold", "dim", "italic", "underline", "inverse", "hidden", "strike"].filter(name => look[name]);
    const [front, back] = look.inverse && (look.front !== null || look.back !== null) ? [look.back ?? 0, look.front ?? 7] : [look.front, look.back];
    if (front !== null && front < 16) classes.push("f" + front);
    if (back !== null && back < 16) classes.push("b" + back);
    if (isCursor) classes.push("cursor");
    if (!classes.length && front === null && back === null) return text;
    const piece = h("span", { class: classes.join(" ") || null }, text);
    if (front !== null && !(front < 16)) piece.style.color = typeof front === "number" ? paletteColour(front) : front;
    if (back !== null && !(back < 16)) piece.style.background = typeof back === "number" ? paletteColour(back) : back;
    return piece;
  }
}
