/** Points inside and outside scar, one by one or along a scribble. */

import { svg } from "../dom.js";
import { drawLine, near, reach, thinned, sent } from "./places.js";

export class Points {
  hint = "Click inside scar; with Shift, or set to outside, click what is not scar. Drag a point to move it.";
  chosen = null;
  shown = null;

  constructor(stage) {
    this.stage = stage;
  }

  get points() {
    return this.stage.view?.points ?? [];
  }

  down(place, info) {
    const under = this.points.findLastIndex(([row, col]) =>
      near(this.stage.camera.toScreen([row, col]), info.screen, reach(info)),
    );
    this.fresh = under < 0;
    this.chosen = this.fresh ? this.points.length : under;
    const inside = this.fresh ? this.stage.settings.inside !== info.shift : this.points[under][2];
    this.place(place, inside, this.fresh);
  }

  place(place, inside, changed) {
    if (!changed) return;
    this.shown = [...this.points];
    this.shown[this.chosen] = [...sent(place), inside];
  }

  move(place) {
    const inside = (this.shown ?? this.points)[this.chosen][2];
    this.place(place, inside, true);
  }

  up() {
    const shown = this.shown;
    this.shown = null;
    if (shown) this.stage.reading.editHere("points", { points: shown });
  }

  cancel() {
    this.shown = null;
    this.chosen = null;
  }

  remove() {
    if (!this.points.length) return;
    const at = this.points[this.chosen] ? this.chosen : this.points.length - 1;
    this.chosen = null;
    this.stage.reading.editHere("points", { points: this.points.filter((_, k) => k !== at) });
  }

  next() {
    if (this.points.length) this.chosen = ((this.chosen ?? -1) + 1) % this.points.length;
  }

  left() {
    this.cancel();
  }
}

export class Scribble {
  hint = "Draw along scar; with Shift, or set to outside, along what is not scar. Points are left along the way.";
  path = null;

  constructor(stage) {
    this.stage = stage;
  }

  down(place, info) {
    this.inside = this.stage.settings.inside !== info.shift;
    this.path = [place];
  }

  move(place) {
    this.path.push(place);
  }

  up() {
    const path = this.path;
    this.path = null;
    if (path) this.stage.reading.editHere("scribble", { path: thinned(path), inside: this.inside });
  }

  cancel() {
    this.path = null;
  }

  marks(layer, toScreen) {
    drawLine(layer, this.path, toScreen, this.inside ? "stroke inside" : "stroke outside");
  }
}

/** A plus inside scar, a minus outside: distinguished by shape, not by colour alone. */
export function drawPoints(layer, points, toScreen, chosen) {
  points.forEach(([row, col, inside], k) => {
    const [x, y] = toScreen([row, col]);
    const name = `point ${inside ? "inside" : "outside"}${k === chosen ? " chosen" : ""}`;
    const sign = inside ? `M${x - 4} ${y}H${x + 4}M${x} ${y - 4}V${y + 4}` : `M${x - 4} ${y}H${x + 4}`;
    layer.append(svg("g", { class: name }, svg("circle", { cx: x, cy: y, r: 8 }), svg("path", { d: sign })));
  });
}
