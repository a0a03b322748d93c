/** Every slice, small: which is on screen, which has scar, which is accepted. */

import { el, everyFrame, icon } from "./dom.js";
import { isMvo, isScar, isWall } from "./labels.js";

const SIZE = 64;

export class Filmstrip {
  constructor(stage, box) {
    this.stage = stage;
    this.frames = stage.desk.slices.map(({ index }, place) => this.frame(index, place));
    box.replaceChildren(...this.frames.map((frame) => frame.button));
    this.redraw = everyFrame(() => this.draw());
    for (const kind of ["slice", "view", "encoded", "pixels"]) stage.desk.addEventListener(kind, this.redraw);
    this.redraw();
  }

  frame(index, place) {
    const canvas = el("canvas", { width: SIZE * 2, height: SIZE * 2, "aria-hidden": "true" });
    const number = el("span", { class: "number" }, String(place + 1));
    const mark = el("span", { class: "done", hidden: true }, icon("check"));
    const share = el("span", { class: "share" });
    const button = el("button", { type: "button", class: "frame", onclick: () => this.stage.desk.go(place) },
      canvas, number, mark, share);
    return { index, place, canvas, mark, share, button, drawn: null };
  }

  draw() {
    const { desk } = this.stage;
    for (const frame of this.frames) {
      const view = desk.view(frame.index);
      const here = frame.place === desk.place;
      frame.button.setAttribute("aria-current", here ? "true" : "false");
      frame.button.classList.toggle("waiting", !view);
      frame.mark.hidden = !view?.accepted;
      const wall = view?.labels.count(isWall) ?? 0;
      const percent = wall ? Math.round((100 * view.labels.count(isScar)) / wall) : 0;
      frame.share.textContent = percent ? `${percent} %` : "";
      const said = [`Slice ${frame.place + 1}`, view ? `scar ${percent} % of wall` : "being outlined"];
      if (view?.accepted) said.push("accepted");
      frame.button.setAttribute("aria-label", said.join(", "));
      if (here) frame.button.scrollIntoView({ block: "nearest", inline: "nearest" });
      this.picture(frame, view);
    }
  }

  picture(frame, view) {
    const { pixels, camera } = this.stage;
    const window = pixels.preset("heart", frame.index);
    const name = [pixels.values.has(frame.index), view?.labels, window[0]];
    if (frame.drawn?.every((value, k) => value === name[k])) return;
    frame.drawn = name;
    const picture = pixels.thumbnail(frame.index, window);
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

