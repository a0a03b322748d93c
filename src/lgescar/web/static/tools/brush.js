/** Brush and eraser: what is painted shows while it is painted. */

import { svg } from "../dom.js";
import { expected } from "../expected.js";
import { near, sent, thinned } from "./places.js";

const SMALLEST = 0.5;
const LARGEST = 20;
/** Places nearer than that to the last add nothing to a stroke, px. */
const STEP = 0.2;

export class Brush {
  path = null;
  /** Labels while painting, else null. */
  painted = null;

  constructor(stage, erases) {
    this.stage = stage;
    this.erases = erases;
    this.hint = erases
      ? "Draw over scar to make it healthy wall. [ and ] change the size."
      : "Paint tissue. What is painted outside the wall becomes wall. [ and ] change the size.";
  }

  get paint() {
    return this.erases ? "erase" : this.stage.settings.paint;
  }

  stroke(path) {
    return { kind: "brush", path, radius_px: this.stage.settings.radius, paint: this.paint };
  }

  down(place) {
    if (!this.stage.view) return;
    this.path = [sent(place)];
    this.painted = expected(this.stage.view, this.stroke(this.path)).labels;
  }

  /** Rounded here already, so that what is seen is what will be sent. */
  move(at) {
    const place = sent(at);
    if (!this.path || near(this.path.at(-1), place, STEP)) return;
    const view = { ...this.stage.view, labels: this.painted };
    this.painted = expected(view, this.stroke([this.path.at(-1), place])).labels;
    this.path.push(place);
  }

  up() {
    const path = this.path;
    this.cancel();
    if (!path) return;
    const { path: thin, radius_px, paint } = this.stroke(thinned(path, 0));
    this.stage.reading.editHere("brush", { path: thin, radius_px, paint });
  }

  cancel() {
    this.path = null;
    this.painted = null;
  }

  resize(by) {
    const radius = this.stage.settings.radius + by;
    this.stage.settings.set({ radius: Math.min(LARGEST, Math.max(SMALLEST, radius)) });
  }

  /** The brush where the pointer is, in its true size. */
  marks(layer, toScreen, hover) {
    if (!hover) return;
    const [x, y] = toScreen(hover);
    const { camera, settings } = this.stage;
    const [rx, ry] = [1, 0].map((axis) => settings.radius * camera.zoom * camera.stretch[axis]);
    const shape = camera.turn.transposed ? { rx: ry, ry: rx } : { rx, ry };
    layer.append(svg("ellipse", { class: "halo", cx: x, cy: y, ...shape }));
    layer.append(svg("ellipse", { class: `brush ${this.paint}`, cx: x, cy: y, ...shape }));
  }
}
