// A small graph of the last minute.

import { h, svg } from "./dom.js";

const samples = 60, width = 300, height = 56;

export class Graph {
  /**
   * @param name What is drawn.
   * @param text Writes a value.
   * @param most The value at the upper edge, at least.
   * @param names Names of two lines, where there are two.
   */
  constructor(name, text, most, names) {
    this.text = text;
    this.most = most;
    this.names = names ?? [""];
    this.values = this.names.map(() => []);
    this.paths = this.names.map((_, index) => svg("path", { class: index ? "second" : null }));
    this.value = h("span", { class: "value" }, "…");
    this.picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": `${name}, the last minute` }, this.paths);
    this.element = h("figure", { "data-graph": name }, h("figcaption", {}, h("span", {}, name), this.value), this.picture);
  }

  /** Adds a sample: a value for each line. */
  add(...values) {
    values.forEach((value, index) => {
      this.values[index].push(value);
      if (this.values[index].length > samples) this.values[index].shift();
    });
    const top = Math.max(this.most, ...this.values.flat()) * 1.05 || 1;
    this.values.forEach((line, index) => {
      const points = line.map((value, at) => `${(width * (samples - line.length + at) / (samples - 1)).toFixed(1)} ${(height - 1 - (height - 2) * value / top).toFixed(1)}`);
      this.paths[index].setAttribute("d", points.length > 1 ? "M" + points.join("L") : "");
    });
    this.value.textContent = values.map((value, index) => `${this.names[index]} ${this.text(value)}`.trim()).join(", ");
  }
}
