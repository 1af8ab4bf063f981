// What a terminal shows: a grid of characters that a program writes to by the sequences of ECMA-48 and xterm. No elements and no connection; terminal.js has these.

const scrollLimit = 2000, parameterLimit = 64, sizeLimit = 500;

/** How a character looks. One object for each look, so that looks are compared by identity. */
const looks = new Map();
function look(values) {
  const key = Object.values(values).join();
  if (!looks.has(key)) {
    // A program can ask for any number of colours.
    if (looks.size > 10_000) looks.clear();
    looks.set(key, Object.freeze(values));
  }
  return looks.get(key);
}

/** Colours are numbers of the palette up to 255, or texts such as #102030; null is the terminal's own. */
export const plain = look({ front: null, back: null, bold: false, dim: false, italic: false, underline: false, inverse: false, hidden: false, strike: false });

const lineDrawing = new Map([..."`afgjklmnopqrstuvwxyz{|}~"].map((key, index) => [key, [..."◆▒°±┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·"][index]]));

/** How many columns a character takes: none for marks on the one before, two for those of East Asia and for pictures. */
function widthOf(code) {
  if (code < 0x300) return 1;
  if (code <= 0x36f || code === 0x200b || code === 0x200d || code >= 0xfe00 && code <= 0xfe0f || code >= 0x20d0 && code <= 0x20ff || code >= 0x1ab0 && code <= 0x1aff) return 0;
  return code >= 0x1100 && code <= 0x115f || code >= 0x2e80 && code <= 0xa4cf && code !== 0x303f || code >= 0xac00 && code <= 0xd7a3 || code >= 0xf900 && code <= 0xfaff || code >= 0xfe30 && code <= 0xfe6f
    || code >= 0xff00 && code <= 0xff60 || code >= 0xffe0 && code <= 0xffe6 || code >= 0x1f300 && code <= 0x1faff || code >= 0x20000 && code <= 0x3fffd ? 2 : 1;
}

/** A line: characters, the second column of a wide one being empty, and their looks. */
const blank = (columns, appearance = plain) => ({ text: new Array(columns).fill(" "), looks: new Array(columns).fill(appearance), isDirty: true });

export class Screen {
  /**
   * @param columns Width.
   * @param rows Height.
   * @param answer Sends what the program asked for, such as where the cursor is.
   */
  constructor(columns, rows, answer = () => {}) {
    this.columns = columns;
    this.rows = rows;
    this.answer = answer;
    /** Lines that went out at the top since somebody took them. */
    this.scrolled = [];
    this.reset();
  }

  reset() {
    this.lines = Array.from({ length: this.rows }, () => blank(this.columns));
    this.other = null;
    this.x = this.y = 0;
    this.isFull = false;
    this.look = plain;
    this.top = 0;
    this.bottom = this.rows - 1;
    this.saved = null;
    this.state = this.ground;
    this.charsets = ["B", "B"];
    this.shift = 0;
    this.last = " ";
    this.hasCursor = true;
    this.wraps = true;
    this.inserts = false;
    this.isOrigin = false;
    this.hasApplicationKeys = false;
    this.bracketsPaste = false;
  }

  /** Takes what a program wrote. */
  write(text) {
    for (const character of text) this.take(character, character.codePointAt(0));
  }

  /** Gives it another size. Lines are cut, not wrapped anew. */
  resize(columns, rows) {
    columns = Math.min(Math.max(columns, 2), sizeLimit);
    rows = Math.min(Math.max(rows, 1), sizeLimit);
    for (const lines of [this.lines, this.other?.lines ?? []]) {
      for (const line of lines) {
        line.isDirty = true;
        line.text.length = Math.min(line.text.length, columns);
        line.looks.length = line.text.length;
        while (line.text.length < columns) { line.text.push(" "); line.looks.push(plain); }
      }
      while (lines.length < rows) lines.push(blank(columns));
      while (lines.length > rows) {
        // Empty lines below the cursor go first, then the oldest ones.
        if (lines === this.lines && this.y < lines.length - 1) lines.pop();
        else if (lines !== this.lines) lines.pop();
        else {
          this.keep(lines.shift());
          this.y--;
        }
      }
    }
    this.columns = columns;
    this.rows = rows;
    this.top = 0;
    this.bottom = rows - 1;
    this.x = Math.min(this.x, columns - 1);
    this.y = Math.min(Math.max(this.y, 0), rows - 1);
    this.isFull = false;
  }

  /** Takes the lines that went out at the top. */
  takeScrolled() {
    const taken = this.scrolled;
    this.scrolled = [];
    return taken;
  }

  /** The text of a line, for tests and readers. */
  textOf(row) {
    return this.lines[row].text.join("").trimEnd();
  }

  take(character, code) {
    if (code === 0x18 || code === 0x1a) this.state = this.ground;
    else if (code === 0x1b && this.state !== this.string && this.state !== this.stringEnd) this.state = this.escape;
    else this.state(character, code);
  }

  ground(character, code) {
    if (code < 0x20) this.control(code);
    else if (code < 0x7f || code > 0x9f) this.put(character, code);
  }

  control(code) {
    switch (code) {
      case 8: this.move(this.x - 1, this.y); break;
      case 9: this.move((Math.floor(this.x / 8) + 1) * 8, this.y); break;
      case 10: case 11: case 12: this.feed(); break;
      case 13: this.move(0, this.y); break;
      case 14: this.shift = 1; break;
      case 15: this.shift = 0; break;
    }
  }

  put(character, code) {
    if (this.charsets[this.shift] === "0" && lineDrawing.has(character)) character = lineDrawing.get(character);
    const width = widthOf(code);
    if (width === 0) {
      this.join(character);
      return;
    }
    if (this.isFull && this.wraps || width > this.columns - this.x && this.wraps) {
      this.x = 0;
      this.isFull = false;
      this.feed();
    }
    const line = this.lines[this.y];
    if (this.inserts) this.insertCharacters(width);
    this.clearHalf(line, this.x);
    this.clearHalf(line, this.x + width);
    line.text[this.x] = this.last = character;
    line.looks[this.x] = this.look;
    if (width === 2 && this.x + 1 < this.columns) {
      line.text[this.x + 1] = "";
      line.looks[this.x + 1] = this.look;
    }
    line.isDirty = true;
    this.x += width;
    if (this.x >= this.columns) {
      this.x = this.columns - 1;
      this.isFull = true;
    }
  }

  /** Half of a wide character is none. */
  clearHalf(line, at) {
    if (at > 0 && at < this.columns && line.text[at] === "") {
      line.text[at] = " ";
      line.text[at - 1] = " ";
    }
  }

  join(mark) {
    const line = this.lines[this.y];
    let at = this.isFull ? this.x : this.x - 1;
    if (at > 0 && line.text[at] === "") at--;
    if (at < 0 || line.text[at].length > 16) return;
    line.text[at] += mark;
    line.isDirty = true;
  }

  /** Moves the cursor, as far as there is a place. */
  move(x, y) {
    this.touch(this.y);
    this.x = Math.min(Math.max(x, 0), this.columns - 1);
    this.y = Math.min(Math.max(y, 0), this.rows - 1);
    this.isFull = false;
    this.touch(this.y);
  }

  /** Moves the cursor up or down without leaving the region that scrolls, if it is in it. */
  step(count) {
    const isInside = this.y >= this.top && this.y <= this.bottom;
    this.move(this.x, isInside ? Math.min(Math.max(this.y + count, this.top), this.bottom) : this.y + count);
  }

  touch(row) {
    this.lines[row].isDirty = true;
  }

  feed() {
    this.touch(this.y);
    if (this.y === this.bottom) this.scrollUp(1);
    else if (this.y < this.rows - 1) this.y++;
    this.isFull = false;
    this.touch(this.y);
  }

  keep(line) {
    if (this.other) return;
    this.scrolled.push(line);
    if (this.scrolled.length > scrollLimit) this.scrolled.shift();
  }

  scrollUp(count) {
    for (let i = Math.min(count, this.bottom - this.top + 1); i > 0; i--) {
      const [gone] = this.lines.splice(this.top, 1);
      if (this.top === 0) this.keep(gone);
      this.lines.splice(this.bottom, 0, this.empty());
    }
    this.touchRegion();
  }

  scrollDown(count) {
    for (let i = Math.min(count, this.bottom - this.top + 1); i > 0; i--) {
      this.lines.splice(this.bottom, 1);
      this.lines.splice(this.top, 0, this.empty());
    }
    this.touchRegion();
  }

  touchRegion() {
    for (let i = this.top; i <= this.bottom; i++) this.touch(i);
  }

  /** What is erased has the colour of the background that is written with. */
  get void() {
    return this.look.back === null ? plain : look({ ...plain, back: this.look.back });
  }

  empty() {
    return blank(this.columns, this.void);
  }

  escape(character) {
    this.state = this.ground;
    switch (character) {
      case "[": this.parameters = ""; this.state = this.sequence; break;
      case "]": case "P": case "X": case "^": case "_": this.state = this.string; break;
      case "(": case ")": this.slot = character === ")" ? 1 : 0; this.state = this.charset; break;
      case "#": case "*": case "+": case "%": case " ": this.state = this.skip; break;
      case "7": this.save(); break;
      case "8": this.restore(); break;
      case "D": this.feed(); break;
      case "E": this.move(0, this.y); this.feed(); break;
      case "M":
        if (this.y === this.top) this.scrollDown(1);
        else this.move(this.x, this.y - 1);
        break;
      case "c": this.reset(); break;
    }
  }

  charset(character) {
    this.charsets[this.slot] = character;
    this.state = this.ground;
  }

  skip() {
    this.state = this.ground;
  }

  /** A string of a command for the terminal, such as a title: none is done. It ends with BEL, or ESC and a backslash. */
  string(character, code) {
    if (code === 7) this.state = this.ground;
    else if (code === 0x1b) this.state = this.stringEnd;
  }

  stringEnd(character, code) {
    if (character === "\\") this.state = this.ground;
    else if (code !== 0x1b) this.state = this.string;
  }

  sequence(character, code) {
    if (code < 0x20) this.control(code);
    else if (code < 0x40) {
      if (this.parameters.length < parameterLimit) this.parameters += character;
    } else {
      this.state = this.ground;
      if (code < 0x7f) this.command(character);
    }
  }

  command(final) {
    const [, mark, digits, between] = /^([<=>?]?)([\d;:]*)([ -/]*)$/.exec(this.parameters) ?? [];
    if (digits === undefined) return;
    const numbers = digits.split(/[;:]/).map(Number);
    if (between === "!" && final === "p") return this.soften();
    if (between) return;
    if (mark === "?") return this.mode(final, numbers);
    if (mark) return;
    const count = Math.min(Math.max(numbers[0], 1), sizeLimit), first = this.isOrigin ? this.top : 0;
    switch (final) {
      case "@": this.insertCharacters(count); break;
      case "A": this.step(-count); break;
      case "B": case "e": this.step(count); break;
      case "C": case "a": this.move(this.x + count, this.y); break;
      case "D": this.move(this.x - count, this.y); break;
      case "E": this.step(count); this.move(0, this.y); break;
      case "F": this.step(-count); this.move(0, this.y); break;
      case "G": case "`": this.move(count - 1, this.y); break;
      case "H": case "f": this.move(Math.max(numbers[1] ?? 1, 1) - 1, first + count - 1); break;
      case "d": this.move(this.x, first + count - 1); break;
      case "I": this.move((Math.floor(this.x / 8) + count) * 8, this.y); break;
      case "Z": this.move((Math.ceil(this.x / 8) - count) * 8, this.y); break;
      case "J": this.eraseScreen(numbers[0]); break;
      case "K": this.eraseLine(numbers[0]); break;
      case "L": this.inRegion(() => this.scrollDown(count)); break;
      case "M": this.inRegion(() => this.scrollUp(count)); break;
      case "P": this.deleteCharacters(count); break;
      case "X": this.erase(this.y, this.x, Math.min(this.x + count, this.columns)); break;
      case "S": this.scrollUp(count); break;
      case "T": this.scrollDown(count); break;
      case "b": for (let i = 0; i < count; i++) this.put(this.last, this.last.codePointAt(0)); break;
      case "c": this.answer("\u001b[?6c"); break;
      case "h": case "l": if (numbers.includes(4)) this.inserts = final === "h"; break;
      case "m": this.paint(numbers); break;
      case "n":
        if (numbers[0] === 5) this.answer("\u001b[0n");
        else if (numbers[0] === 6) this.answer(`\u001b[${this.y - first + 1};${this.x + 1}R`);
        break;
      case "r": this.region(numbers); break;
      case "s": this.save(); break;
      case "u": this.restore(); break;
    }
  }

  soften() {
    this.look = plain;
    this.hasCursor = this.wraps = true;
    this.inserts = this.isOrigin = this.hasApplicationKeys = false;
    this.top = 0;
    this.bottom = this.rows - 1;
  }

  mode(final, numbers) {
    if (final !== "h" && final !== "l") return;
    const isOn = final === "h";
    for (const number of numbers) {
      switch (number) {
        case 1: this.hasApplicationKeys = isOn; break;
        case 6: this.isOrigin = isOn; this.move(0, isOn ? this.top : 0); break;
        case 7: this.wraps = isOn; break;
        case 25: this.hasCursor = isOn; this.touch(this.y); break;
        case 47: case 1047: this.turnTo(isOn); break;
        case 1048: if (isOn) this.save(); else this.restore(); break;
        case 1049:
          if (isOn) this.save();
          this.turnTo(isOn);
          if (!isOn) this.restore();
          break;
        case 2004: this.bracketsPaste = isOn; break;
      }
    }
  }

  /** Programs that fill the screen have one of their own, and leave the other as it was. */
  turnTo(isOther) {
    if (isOther === (this.other !== null)) return;
    if (isOther) {
      this.other = { lines: this.lines };
      this.lines = Array.from({ length: this.rows }, () => blank(this.columns));
    } else {
      this.lines = this.other.lines;
      this.other = null;
    }
    for (let i = 0; i < this.rows; i++) this.touch(i);
  }

  save() {
    this.saved = { x: this.x, y: this.y, look: this.look, charsets: [...this.charsets], shift: this.shift, isOrigin: this.isOrigin };
  }

  restore() {
    const { x, y, ...rest } = this.saved ?? { x: 0, y: 0, look: plain };
    Object.assign(this, rest, rest.charsets ? { charsets: [...rest.charsets] } : {});
    this.move(x, y);
  }

  region([first, last]) {
    const top = Math.max(first || 1, 1) - 1, bottom = Math.min(last || this.rows, this.rows) - 1;
    if (top >= bottom) return;
    this.top = top;
    this.bottom = bottom;
    this.move(0, this.isOrigin ? top : 0);
  }

  /** Lines are put in and taken out between the cursor and the end of the region. */
  inRegion(work) {
    if (this.y < this.top || this.y > this.bottom) return;
    const top = this.top, kept = this.scrolled;
    this.top = this.y;
    this.scrolled = [];
    work();
    this.scrolled = kept;
    this.top = top;
    this.move(0, this.y);
  }

  insertCharacters(count) {
    const line = this.lines[this.y];
    count = Math.min(count, this.columns - this.x);
    for (let i = 0; i < count; i++) {
      line.text.pop();
      line.looks.pop();
      line.text.splice(this.x, 0, " ");
      line.looks.splice(this.x, 0, this.void);
    }
    this.touch(this.y);
  }

  deleteCharacters(count) {
    const line = this.lines[this.y];
    count = Math.min(count, this.columns - this.x);
    line.text.splice(this.x, count);
    line.looks.splice(this.x, count);
    while (line.text.length < this.columns) { line.text.push(" "); line.looks.push(this.void); }
    this.isFull = false;
    this.touch(this.y);
  }

  erase(row, from, to) {
    const line = this.lines[row];
    line.text.fill(" ", from, to);
    line.looks.fill(this.void, from, to);
    line.isDirty = true;
  }

  eraseLine(how) {
    this.erase(this.y, how === 0 ? this.x : 0, how === 1 ? this.x + 1 : this.columns);
  }

  eraseScreen(how) {
    if (how > 3) return;
    for (let row = how === 0 ? this.y + 1 : 0; row < (how === 1 ? this.y : this.rows); row++) this.erase(row, 0, this.columns);
    if (how < 2) this.eraseLine(how);
  }

  /** Select graphic rendition. ECMA-48 section 8.3.117. */
  paint(numbers) {
    const next = { ...this.look };
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i];
      if (number === 0) Object.assign(next, plain);
      else if (number === 1) next.bold = true;
      else if (number === 2) next.dim = true;
      else if (number === 3) next.italic = true;
      else if (number === 4) next.underline = true;
      else if (number === 7) next.inverse = true;
      else if (number === 8) next.hidden = true;
      else if (number === 9) next.strike = true;
      else if (number === 22) next.bold = next.dim = false;
      else if (number === 23) next.italic = false;
      else if (number === 24) next.underline = false;
      else if (number === 27) next.inverse = false;
      else if (number === 28) next.hidden = false;
      else if (number === 29) next.strike = false;
      else if (number >= 30 && number <= 37) next.front = number - 30;
      else if (number === 39) next.front = null;
      else if (number >= 40 && number <= 47) next.back = number - 40;
      else if (number === 49) next.back = null;
      else if (number >= 90 && number <= 97) next.front = number - 82;
      else if (number >= 100 && number <= 107) next.back = number - 92;
      else if (number === 38 || number === 48) {
        const colour = this.colour(numbers.slice(i + 1));
        if (!colour) break;
        next[number === 38 ? "front" : "back"] = colour.value;
        i += colour.length;
      }
    }
    this.look = look(next);
  }

  colour([kind, first, second, third]) {
    const isByte = number => number >= 0 && number <= 255;
    if (kind === 5 && isByte(first)) return { value: first, length: 2 };
    if (kind === 2 && [first, second, third].every(isByte)) return { value: "#" + [first, second, third].map(part => part.toString(16).padStart(2, "0")).join(""), length: 4 };
    return null;
  }
}
