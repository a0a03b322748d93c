/** Every slice, small: which is on screen, which has scar, which is accepted. */

import { el, everyFrame, icon, mark } from "./dom.js";
import { isMvo, isScar, isWall } from "./labels.js";

const SIZE = 64;

export class Filmstrip {
  constructor(stage, box) {
    this.stage = stage;
    this.frames = stage.reading.slices.map(({ index }, place) => this.frame(index, place));
    box.replaceChildren(...this.frames.map((frame) => frame.button));
    // The large picture is what is waited for: the small ones follow it.
    this.redraw = everyFrame(() => this.draw(), true);
    const point = everyFrame(() => this.point());
    this.box = box;
    for (const kind of ["scroll", "scrollend"]) box.addEventListener(kind, () => this.measure());
    new ResizeObserver(() => this.measure()).observe(box);
    for (const kind of ["view", "pixels"]) stage.reading.addEventListener(kind, this.redraw);
    stage.reading.addEventListener("slice", point);
    point();
    stage.reading.addEventListener("encoded", () => {
      // The heart's place is known better now.
      for (const frame of this.frames) frame.view = undefined;
      this.redraw();
    });
    this.redraw();
  }

  frame(index, place) {
    const canvas = el("canvas", { width: SIZE * 2, height: SIZE * 2, "aria-hidden": "true" });
    const number = el("span", { class: "number" }, String(place + 1));
    const done = el("span", { class: "done", hidden: true }, icon("check"));
    const share = el("span", { class: "share" });
    const button = el("button", { type: "button", class: "frame", onclick: () => this.stage.reading.go(place) },
      canvas, number, done, share);
    return { index, place, canvas, done, share, button, drawn: null };
  }

  /** Which one is on screen. */
  point() {
    const { place } = this.stage.reading;
    for (const frame of this.frames) mark(frame.button, "aria-current", String(frame.place === place));
    if (!this.seen?.has(place)) this.frames[place].button.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** Which ones are seen whole: known beforehand, so that a step need not wait for a layout. */
  measure() {
    const { left, right } = this.box.getBoundingClientRect();
    const whole = this.frames.filter(({ button }) => {
      const frame = button.getBoundingClientRect();
      return frame.left >= left && frame.right <= right;
    });
    this.seen = new Set(whole.map((frame) => frame.place));
  }

  draw() {
    const { reading } = this.stage;
    for (const frame of this.frames) {
      const view = reading.view(frame.index);
      const picture = this.stage.pixels.values.has(frame.index);
      if (frame.view === view && frame.pictured === picture) continue;
      Object.assign(frame, { view, pictured: picture });
      frame.button.classList.toggle("waiting", !view);
      frame.done.hidden = !view?.accepted;
      const wall = view?.labels.count(isWall) ?? 0;
      const percent = wall ? Math.round((100 * view.labels.count(isScar)) / wall) : 0;
      frame.share.textContent = percent ? `${percent} %` : "";
      const said = [`Slice ${frame.place + 1}`, view ? `scar ${percent} % of wall` : "being outlined"];
      if (view?.accepted) said.push("accepted");
      frame.button.setAttribute("aria-label", said.join(", "));
      this.picture(frame, view);
    }
  }

  picture(frame, view) {
    const { pixels, camera } = this.stage;
    const window = pixels.preset("heart", frame.index);
    const picture = pixels.thumbnail(frame.index, window)?.canvas;
    if (!picture) return;
    const context = frame.canvas.getContext("2d");
    const whole = this.stage.heartSpan ?? [0, 0, picture.height, picture.width];
    context.resetTransform();
    context.clearRect(0, 0, SIZE * 2, SIZE * 2);
    context.setTransform(...camera.fitted(whole, 0.2, [SIZE * 2, SIZE * 2]));
    context.drawImage(picture, 0, 0);
    if (view) context.drawImage(tint(view.labels), 0, 0);
  }
}

/** Scar and MVO in their colours, for pictures too small for lines. */
function tint(labels) {
  const canvas = el("canvas", { width: labels.cols, height: labels.rows });
  const context = canvas.getContext("2d");
  const image = context.createImageData(labels.cols, labels.rows);
  const out = new Uint32Array(image.data.buffer);
  labels.at.forEach((code, k) => {
    if (isMvo(code)) out[k] = 0xe0c45fff;
    else if (isScar(code)) out[k] = 0xb01e9dff;
  });
  context.putImageData(image, 0, 0);
  return canvas;
}

