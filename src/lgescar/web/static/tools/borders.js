/** The wall's outer and inner border: drag its handles, or draw it anew. */

import { isBlood, isHeart } from "../labels.js";
import { largestLoop } from "../outlines.js";
import { areaOf, drawHandle, drawLine, evenly, near, reach, smoothLoop, thinned } from "./places.js";

const HANDLES = 14;
const SMALLEST_PX = 4;

export class Borders {
  hint = "Drag a handle to bend the border, or draw the whole border anew beside the handles.";
  corners = null;
  path = null;

  constructor(stage) {
    this.stage = stage;
  }

  /** Handles of the border as it is, found anew whenever the slice shows something else. */
  handles() {
    const labels = this.stage.view?.labels;
    const border = this.stage.settings.border;
    if (this.labels !== labels || this.border !== border) {
      Object.assign(this, { labels, border });
      const loop = labels && largestLoop(labels, border === "epi" ? isHeart : isBlood);
      this.found = loop ? evenly(loop, HANDLES) : [];
    }
    return this.corners ?? this.found;
  }

  down(place, info) {
    const corners = this.handles();
    const toScreen = (corner) => this.stage.camera.toScreen(corner);
    this.held = corners.findIndex((corner) => near(toScreen(corner), info.screen, reach(info)));
    if (this.held < 0) this.path = [place];
  }

  move(place) {
    if (this.path) {
      this.path.push(place);
      return;
    }
    this.corners = [...this.handles()];
    this.corners[this.held] = place;
  }

  up() {
    const drawn = this.path ?? (this.corners && smoothLoop(this.corners));
    this.cancel();
    if (!drawn) return;
    const polygon = thinned(drawn);
    if (polygon.length < 3 || areaOf(polygon) < SMALLEST_PX) return;
    this.stage.reading.editHere("outline", { border: this.stage.settings.border, polygon });
  }

  cancel() {
    this.corners = null;
    this.path = null;
  }

  marks(layer, toScreen) {
    const name = this.stage.settings.border === "epi" ? "epicardium" : "endocardium";
    if (this.path) drawLine(layer, this.path, toScreen, `stroke ${name}`, true);
    const corners = this.handles();
    if (corners.length) drawLine(layer, smoothLoop(corners), toScreen, `stroke ${name}`, true);
    for (const corner of corners) drawHandle(layer, toScreen(corner), `handle round ${name}`);
  }
}
