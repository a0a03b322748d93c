/** Tools that draw round something: lasso, remote region, area. */

import { areaOf, drawLine, drawText, thinned } from "./places.js";

const FEWEST = 3;

class Polygon {
  path = null;

  constructor(stage) {
    this.stage = stage;
  }

  down(place) {
    this.path = [place];
  }

  move(place) {
    this.path.push(place);
  }

  up() {
    const path = this.path && thinned(this.path);
    this.path = null;
    if (path?.length >= FEWEST && areaOf(path) > 0.5) this.finish(path);
  }

  cancel() {
    this.path = null;
  }

  marks(layer, toScreen) {
    drawLine(layer, this.path, toScreen, "stroke", true);
  }
}

export class Lasso extends Polygon {
  hint = "Draw round scar that is none: it becomes healthy wall.";

  finish(polygon) {
    this.stage.reading.editHere("lasso", { polygon });
  }
}

export class Remote extends Polygon {
  hint = "Choose a rule, then draw round wall that has no scar, or apply it without a region.";

  finish(polygon) {
    this.apply(polygon);
  }

  apply(remote = null) {
    this.stage.reading.editHere("rule", { rule: this.stage.settings.rule, remote });
  }
}

export class Area extends Polygon {
  hint = "Draw round something to measure its area. Measurements are not stored with the reading.";

  finish(polygon) {
    this.stage.measured.push({ index: this.stage.reading.index, polygon });
  }
}

export class Distance {
  hint = "Drag from one place to another to measure. Measurements are not stored with the reading.";
  held = null;

  constructor(stage) {
    this.stage = stage;
  }

  down(place) {
    this.held = [place, place];
  }

  move(place) {
    this.held[1] = place;
  }

  up() {
    const held = this.held;
    this.held = null;
    if (held && this.stage.camera.length(...held) > 0.5) {
      this.stage.measured.push({ index: this.stage.reading.index, ends: held });
    }
  }

  cancel() {
    this.held = null;
  }

  marks(layer, toScreen) {
    if (this.held) drawMeasured(layer, { ends: this.held }, toScreen, this.stage.camera);
  }
}

/** A distance or an area and its number beside it. */
export function drawMeasured(layer, { ends, polygon }, toScreen, camera) {
  const places = ends ?? polygon;
  drawLine(layer, places, toScreen, "measured", Boolean(polygon));
  const [x, y] = toScreen(places.at(-1));
  const number = polygon ? areaOf(polygon) * camera.pixelArea : camera.length(...ends);
  const unit = camera.mm ? (polygon ? "mm²" : "mm") : "px";
  drawText(layer, [x + 8, y - 8], `${number.toFixed(polygon ? 0 : 1)} ${unit}`);
}
