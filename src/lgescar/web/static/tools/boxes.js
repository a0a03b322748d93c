/** Boxes: draw, select, move, resize, delete; a slice may have several. */

import { svg } from "../dom.js";
import { drawHandle, near, reach, sent } from "./places.js";

const SMALLEST_PX = 1;
/** Handles by which edges of [top, left, bottom, right] they move. */
const HANDLES = [[0, 1], [0], [0, 3], [1], [3], [2, 1], [2], [2, 3]];

const middle = ([top, left, bottom, right]) => [(top + bottom) / 2, (left + right) / 2];

function handleAt(box, edges) {
  const place = middle(box);
  for (const edge of edges) place[edge % 2] = box[edge];
  return place;
}

function ordered([top, left, bottom, right]) {
  return sent([Math.min(top, bottom), Math.min(left, right), Math.max(top, bottom), Math.max(left, right)]);
}

const holds = ([top, left, bottom, right], [row, col]) =>
  row >= top && row <= bottom && col >= left && col <= right;

export class Boxes {
  hint = "Drag round a lesion for a new box. Drag a box to move it, a handle to resize it; Delete removes it.";
  chosen = null;
  /** The boxes while they are dragged, else null. */
  shown = null;

  constructor(stage) {
    this.stage = stage;
  }

  get boxes() {
    return this.stage.view?.boxes ?? [];
  }

  down(place, info) {
    this.from = place;
    this.held = this.grab(place, info);
    this.moved = false;
  }

  /** What lies under the pointer: a handle, a box, or nothing and a new box begins. */
  grab(place, info) {
    const boxes = this.boxes;
    const chosen = boxes[this.chosen];
    if (chosen) {
      for (const edges of HANDLES) {
        const at = this.stage.camera.toScreen(handleAt(chosen, edges));
        if (near(at, info.screen, reach(info))) return { at: this.chosen, edges };
      }
    }
    const under = boxes.findLastIndex((box) => holds(box, place));
    if (under >= 0 && !info.shift) {
      this.chosen = under;
      return { at: under, edges: null };
    }
    return { at: boxes.length, edges: [2, 3], fresh: true };
  }

  move(place) {
    const { at, edges, fresh } = this.held;
    const by = place.map((value, axis) => value - this.from[axis]);
    if (!this.moved && Math.hypot(...by) * this.stage.camera.zoom < 4) return;
    this.moved = true;
    const box = fresh ? [...this.from, ...this.from] : [...this.boxes[at]];
    for (const edge of edges ?? [0, 1, 2, 3]) box[edge] += by[edge % 2];
    this.shown = [...this.boxes];
    this.shown[at] = ordered(box);
    this.chosen = at;
  }

  up() {
    const shown = this.shown;
    this.shown = null;
    if (!shown) {
      if (this.held.fresh) this.chosen = null;
      return;
    }
    const [top, left, bottom, right] = shown[this.held.at];
    if (bottom - top < SMALLEST_PX || right - left < SMALLEST_PX) return;
    this.stage.reading.editHere("boxes", { boxes: shown });
  }

  cancel() {
    this.shown = null;
    this.chosen = null;
  }

  /** Delete what is selected; the only box of a slice is what is meant without selecting. */
  remove() {
    if (this.chosen === null && this.boxes.length === 1) this.chosen = 0;
    if (this.chosen === null || !this.boxes[this.chosen]) {
      this.stage.reading.say("Select a box first: click it, or step to it with Tab in the picture.");
      return;
    }
    const boxes = this.boxes.filter((_, k) => k !== this.chosen);
    this.chosen = null;
    this.stage.reading.editHere("boxes", { boxes });
  }

  next() {
    if (this.boxes.length) this.chosen = ((this.chosen ?? -1) + 1) % this.boxes.length;
  }

  left() {
    this.cancel();
  }
}

/** Every box of the slice, and handles on the one that is selected. */
export function drawBoxes(layer, boxes, toScreen, chosen) {
  boxes.forEach((box, k) => {
    const [x0, y0] = toScreen(box);
    const [x1, y1] = toScreen(box.slice(2));
    const shape = {
      x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0),
    };
    layer.append(svg("rect", { ...shape, class: "halo" }));
    layer.append(svg("rect", { ...shape, class: k === chosen ? "box chosen" : "box" }));
    if (k === chosen) for (const edges of HANDLES) drawHandle(layer, toScreen(handleAt(box, edges)));
  });
}
