/** One picture of a slice: pixels on a canvas, outlines and marks as SVG above it. */

import { everyFrame, el, mark, put, svg } from "./dom.js";
import { TRACES, paths } from "./outlines.js";

const MAGNIFIED = 3;
const MAGNIFIER_PX = 190;
/** Enlarged slices in memory: some 100 MB. */
const KEPT_PX = 25e6;

export class Viewport {
  /**
   * `source` tells what is drawn: `picture()`, `labels()`, `caption()`, and
   * `marks(layer, toScreen)`, which draws what else lies on the picture.
   */
  constructor(box, camera, look, source) {
    Object.assign(this, { box, camera, look, source });
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.lines = svg("g", { class: "lines" });
    this.traces = TRACES.map(([name]) => this.lines.appendChild(svg("path", { class: name })));
    this.layer = svg("g", { class: "marks" });
    this.bar = svg("g", { class: "scale" });
    this.overlay = svg("svg", { class: "overlay", "aria-hidden": "true" }, this.lines, this.layer, this.bar);
    this.sides = ["top", "bottom", "left", "right"].map((side) => el("span", { class: `side side-${side}` }));
    this.caption = el("div", { class: "caption" });
    this.glass = el("canvas", { class: "glass", hidden: true, "aria-hidden": "true" });
    box.append(this.canvas, this.overlay, ...this.sides, this.caption, this.glass);
    this.enlarged = new Map();
    this.redraw = everyFrame(() => this.draw());
    camera.addEventListener("change", this.redraw);
    look.addEventListener("change", this.redraw);
  }

  get ratio() {
    return window.devicePixelRatio || 1;
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.box;
    this.canvas.width = Math.round(width * this.ratio);
    this.canvas.height = Math.round(height * this.ratio);
    this.viewed = null;
    this.overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.redraw();
    return [width, height];
  }

  draw() {
    this.drawPixels();
    this.drawLines();
    if (this.layer.firstChild) this.layer.replaceChildren();
    this.source.marks?.(this.layer, (place) => this.camera.toScreen(place));
    this.drawScale();
    this.letters();
    this.captions(this.source.caption());
    this.drawGlass();
    const [labels, pictured] = [this.source.labels(), Boolean(this.source.picture())];
    this.box.dispatchEvent(new CustomEvent("drawn", { bubbles: true, detail: { labels, pictured } }));
  }

  /** Enlarging costs most of a frame: stored for each slice until the view of it changes. */
  drawPixels() {
    const picture = this.source.picture();
    const view = [...this.camera.matrix, this.canvas.width, this.canvas.height, this.look.smooth].join(" ");
    const still = view === this.viewed;
    if (still && picture === this.pictured) return;
    if (!still) this.enlarged.clear();
    [this.viewed, this.pictured] = [view, picture];
    const context = this.canvas.getContext("2d", { alpha: false });
    if (picture && still) context.drawImage(this.enlargedOf(picture), 0, 0);
    else this.enlarge(context, picture);
  }

  enlargedOf(picture) {
    const { width, height } = this.canvas;
    const known = this.enlarged.get(picture.canvas);
    if (known?.picture === picture) return known.canvas;
    const canvas = known?.canvas ?? el("canvas", { width, height });
    this.enlarge(canvas.getContext("2d", { alpha: false }), picture);
    this.enlarged.set(picture.canvas, { picture, canvas });
    const most = Math.max(2, Math.floor(KEPT_PX / (width * height)));
    for (const oldest of [...this.enlarged.keys()].slice(0, -most)) this.enlarged.delete(oldest);
    return canvas;
  }

  enlarge(context, picture) {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    if (!picture) return;
    context.setTransform(...this.camera.matrix.map((value) => value * this.ratio));
    context.imageSmoothingEnabled = this.look.smooth;
    context.imageSmoothingQuality = "medium";
    context.drawImage(picture.canvas, 0, 0);
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  drawLines() {
    const labels = this.look.outlines ? this.source.labels() : null;
    mark(this.lines, "transform", `matrix(${this.camera.matrix.join(" ")})`);
    mark(this.lines, "opacity", String(this.look.opacity));
    mark(this.lines, "data-fill", this.look.fill ? "yes" : "no");
    const drawn = labels ? paths(labels, this.look.exact) : {};
    if (drawn === this.lined) return;
    this.lined = drawn;
    TRACES.forEach(([name], k) => mark(this.traces[k], "d", drawn[name] ?? ""));
  }

  captions(lines) {
    const spelled = lines.map((line) => line.outerHTML).join("");
    if (spelled === this.spelled) return;
    this.spelled = spelled;
    this.caption.replaceChildren(...lines);
  }

  drawScale() {
    const { zoom, size, mm } = this.camera;
    const name = [zoom, ...size].join(" ");
    if (!mm || this.scaled === name) return;
    this.scaled = name;
    this.bar.replaceChildren();
    const perMm = this.camera.zoom / this.camera.mm;
    // It ends before the letter at the foot of the picture.
    const most = Math.max(60, size[0] / 2 - 110);
    const length = [100, 50, 20, 10, 5, 2].find((mm) => mm * perMm <= Math.min(150, most)) ?? 1;
    const [x, y] = [16, this.camera.size[1] - 16];
    const end = x + length * perMm;
    this.bar.append(
      svg("path", { d: `M${x} ${y - 5}V${y}H${end}V${y - 5}` }),
      svg("text", { x: end + 7, y }, `${length} mm`),
    );
  }

  letters() {
    const letters = this.camera.letters ?? ["", "", "", ""];
    this.sides.forEach((side, k) => put(side, letters[k]));
  }

  /** Magnify round a place on screen; null puts the glass away. */
  magnify(at) {
    this.glassAt = at;
    this.redraw();
  }

  drawGlass() {
    const at = this.glassAt;
    this.glass.hidden = !at;
    const picture = this.source.picture()?.canvas;
    if (!at || !picture) return;
    const size = MAGNIFIER_PX * this.ratio;
    [this.glass.width, this.glass.height] = [size, size];
    const [a, b, c, d] = this.camera.matrix.map((value) => value * this.ratio * MAGNIFIED);
    const [row, col] = this.camera.toImage(at);
    const context = this.glass.getContext("2d");
    context.fillRect(0, 0, size, size);
    context.setTransform(a, b, c, d, size / 2 - a * col - c * row, size / 2 - b * col - d * row);
    context.imageSmoothingEnabled = this.look.smooth;
    context.drawImage(picture, 0, 0);
    const labels = this.look.outlines ? this.source.labels() : null;
    if (labels) this.glassLines(context, labels);
    glassCross(context, size);
    this.glass.style.left = `${at[0] - MAGNIFIER_PX / 2}px`;
    this.glass.style.top = `${at[1] - MAGNIFIER_PX / 2}px`;
  }

  glassLines(context, labels) {
    const drawn = paths(labels, this.look.exact);
    context.globalAlpha = this.look.opacity;
    context.lineWidth = (1.6 * this.ratio) / (this.camera.zoom * MAGNIFIED * this.ratio);
    TRACES.forEach(([name], k) => {
      context.strokeStyle = getComputedStyle(this.traces[k]).stroke;
      context.stroke(new Path2D(drawn[name]));
    });
  }
}

/** Where the pointer is, on the glass that hides it. */
function glassCross(context, size) {
  const [middle, arm] = [size / 2, size / 24];
  context.resetTransform();
  context.globalAlpha = 1;
  for (const [width, ink] of [[4, "rgb(0 0 0 / 60%)"], [1.6, "#fff"]]) {
    Object.assign(context, { lineWidth: width, strokeStyle: ink });
    context.stroke(new Path2D(`M${middle - arm} ${middle}h${2 * arm}M${middle} ${middle - arm}v${2 * arm}`));
  }
}

/** How everything is drawn, on both halves: window, opacity, what is hidden. */
export class Look extends EventTarget {
  constructor() {
    super();
    Object.assign(this, { outlines: true, opacity: 0.9, fill: false, exact: false, smooth: true });
    Object.assign(this, { boxes: true, glass: false, preset: "heart", windows: null });
  }

  set(changes) {
    Object.assign(this, changes);
    this.dispatchEvent(new Event("change"));
  }
}
