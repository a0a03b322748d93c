/** The picture that is worked on: pointers, wheel, fingers and a keyboard cursor drive the tools. */

import { el, svg } from "./dom.js";
import { Viewport } from "./viewport.js";
import { Pixels } from "./pixels.js";
import { isHeart } from "./labels.js";
import { Pan, Window } from "./tools/look.js";
import { Boxes, drawBoxes } from "./tools/boxes.js";
import { Points, Scribble, drawPoints } from "./tools/points.js";
import { Brush } from "./tools/brush.js";
import { Area, Distance, Lasso, Remote, drawMeasured } from "./tools/polygons.js";
import { Borders } from "./tools/borders.js";

const HEART_MARGIN = 0.35;
const WHEEL_STEP = 40;
const ZOOM_STEP = 1.25;
const MADE_BY = { automatic: "automatic", prompts: "from prompts", rule: "threshold rule", hand: "drawn by hand" };

/** What the tools are set to. */
export class Settings extends EventTarget {
  constructor(rules) {
    super();
    const rule = rules.includes("fwhm-remote") ? "fwhm-remote" : rules[0];
    Object.assign(this, { radius: 2.5, paint: "scar", inside: true, border: "epi", rule });
  }

  set(changes) {
    Object.assign(this, changes);
    this.dispatchEvent(new Event("change"));
  }
}

export class Stage extends EventTarget {
  constructor(reading, camera, look, settings, box) {
    super();
    Object.assign(this, { reading, camera, look, settings, box });
    this.pixels = new Pixels(reading);
    this.measured = [];
    this.fingers = new Map();
    this.tools = {
      pan: new Pan(this), window: new Window(this), boxes: new Boxes(this), points: new Points(this),
      scribble: new Scribble(this), brush: new Brush(this, false), eraser: new Brush(this, true),
      lasso: new Lasso(this), borders: new Borders(this), remote: new Remote(this),
      distance: new Distance(this), area: new Area(this),
    };
    this.tool = this.tools.boxes;
    this.main = new Viewport(box, camera, look, this.source());
    this.listen();
  }

  get view() {
    return this.reading.view(this.reading.index);
  }

  /** [centre, width] of the grey levels on screen. */
  window(index = this.reading.index) {
    return this.look.manual ?? this.pixels.preset(this.look.preset, index);
  }

  source() {
    return {
      picture: () => this.pixels.picture(this.reading.index, this.window()),
      labels: () => this.tool.painted ?? this.view?.labels ?? null,
      caption: () => this.caption(),
      marks: (layer, toScreen) => this.marks(layer, toScreen),
    };
  }

  caption() {
    const { reading, view } = this;
    const [centre, width] = this.window().map((value) => Number(value.toPrecision(3)));
    const words = view ? MADE_BY[view.madeBy] : "being outlined …";
    const lines = [
      el("strong", {}, `Slice ${reading.place + 1} of ${reading.slices.length}`),
      el("span", { class: view?.accepted ? "accepted" : "" }, view?.accepted ? `${words}, accepted` : words),
      el("span", { class: "faint" }, `window ${width}, centre ${centre}`),
    ];
    if (view?.away) {
      lines.push(el("span", { class: "warn" }, `${view.away} mark(s) lie away from the heart; scar is outlined where they lie`));
    }
    return lines;
  }

  marks(layer, toScreen) {
    const { tools, tool, view, reading } = this;
    if (this.look.boxes || tool === tools.boxes) {
      drawBoxes(layer, tools.boxes.shown ?? view?.boxes ?? [], toScreen, tool === tools.boxes ? tools.boxes.chosen : null);
    }
    if (this.look.boxes || tool === tools.points) {
      drawPoints(layer, tools.points.shown ?? view?.points ?? [], toScreen, tool === tools.points ? tools.points.chosen : null);
    }
    for (const one of this.measured) {
      if (one.index === reading.index) drawMeasured(layer, one, toScreen, this.camera);
    }
    tool.marks?.(layer, toScreen, this.hover);
    if (this.cursor) this.drawCursor(layer, toScreen(this.cursor));
  }

  drawCursor(layer, [x, y]) {
    const d = `M${x - 14} ${y}H${x - 4}M${x + 4} ${y}H${x + 14}M${x} ${y - 14}V${y - 4}M${x} ${y + 4}V${y + 14}`;
    layer.append(svg("path", { class: "halo", d }), svg("path", { class: this.pressed ? "cursor pressed" : "cursor", d }));
  }

  /** The tool of that name from now on. */
  choose(name) {
    this.stop();
    this.tool.left?.();
    this.tool = this.tools[name];
    this.dispatchEvent(new Event("tool"));
    this.main.redraw();
  }

  get toolName() {
    return Object.keys(this.tools).find((name) => this.tools[name] === this.tool);
  }

  /** Give up what is being drawn. */
  stop() {
    this.tool.cancel?.();
    this.gesture = null;
    this.pressed = false;
    this.main.redraw();
  }

  /** The box round all outlines of the study, or null where there are none. */
  get heartSpan() {
    let whole = null;
    for (const { index } of this.reading.slices) {
      const span = this.reading.stored.get(index)?.labels.span(isHeart);
      if (!span) continue;
      whole = whole ? whole.map((value, k) => (k < 2 ? Math.min : Math.max)(value, span[k])) : span;
    }
    return whole;
  }

  fitHeart() {
    const whole = this.heartSpan;
    if (whole) this.camera.fit(whole, HEART_MARGIN);
    else this.fitSlice();
  }

  fitSlice() {
    this.camera.fit([0, 0, this.reading.slice.rows, this.reading.slice.cols], 0.01);
  }

  listen() {
    const { box } = this;
    box.addEventListener("pointerdown", (event) => this.down(event));
    box.addEventListener("pointermove", (event) => this.moved(event));
    for (const kind of ["pointerup", "pointercancel"]) {
      box.addEventListener(kind, (event) => this.up(event, kind === "pointercancel"));
    }
    box.addEventListener("pointerleave", () => {
      this.hover = null;
      this.main.magnify(null);
    });
    for (const kind of ["keydown", "keyup"]) {
      box.addEventListener(kind, (event) => {
        if (event.key !== " ") return;
        this.spaced = kind === "keydown";
        event.preventDefault();
      });
    }
    box.addEventListener("contextmenu", (event) => event.preventDefault());
    box.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  info(event) {
    const frame = this.box.getBoundingClientRect();
    const screen = [event.clientX - frame.left, event.clientY - frame.top];
    return { screen, shift: event.shiftKey, touch: event.pointerType === "touch" };
  }

  down(event) {
    this.begun = true;
    this.box.focus();
    event.preventDefault();
    this.box.setPointerCapture(event.pointerId);
    const info = this.info(event);
    this.cursor = null;
    if (info.touch) {
      this.fingers.set(event.pointerId, info.screen);
      if (this.fingers.size === 2) {
        this.stop();
        this.gesture = "pinch";
        return;
      }
    }
    const { pan, window } = this.tools;
    this.gesture = event.button === 2 ? window : event.button === 1 || this.spaced ? pan : this.tool;
    this.gesture.down(this.camera.toImage(info.screen), info);
    this.main.redraw();
  }

  moved(event) {
    const info = this.info(event);
    this.hover = this.camera.toImage(info.screen);
    if (this.look.glass) this.main.magnify(info.screen);
    if (this.gesture === "pinch") this.pinch(event.pointerId, info.screen);
    else if (this.gesture) {
      for (const one of event.getCoalescedEvents?.() ?? []) this.moveTo(this.info(one));
      this.moveTo(info);
    }
    this.main.redraw();
    this.dispatchEvent(new Event("hover"));
  }

  moveTo(info) {
    this.gesture.move(this.camera.toImage(info.screen), info);
  }

  up(event, cancelled) {
    this.fingers.delete(event.pointerId);
    const gesture = this.gesture;
    if (gesture === "pinch" && this.fingers.size) return;
    this.gesture = null;
    if (gesture && gesture !== "pinch") {
      if (cancelled) gesture.cancel?.();
      else gesture.up();
    }
    this.main.redraw();
  }

  pinch(id, screen) {
    if (!this.fingers.has(id)) return;
    const before = [...this.fingers.values()];
    this.fingers.set(id, screen);
    const now = [...this.fingers.values()];
    const middle = (places) => [0, 1].map((axis) => (places[0][axis] + places[1][axis]) / 2);
    const apart = (places) => Math.hypot(places[1][0] - places[0][0], places[1][1] - places[0][1]);
    const [from, to] = [middle(before), middle(now)];
    this.camera.pan(to[0] - from[0], to[1] - from[1]);
    if (apart(before) > 10) this.camera.zoomAt(apart(now) / apart(before), to);
  }

  wheel(event) {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      this.camera.zoomAt(Math.exp(-event.deltaY / 300), this.info(event).screen);
      return;
    }
    this.turned = (this.turned ?? 0) + event.deltaY * (event.deltaMode ? WHEEL_STEP : 1);
    const steps = Math.trunc(this.turned / WHEEL_STEP);
    if (!steps) return;
    this.turned = 0;
    this.reading.go(this.reading.place + Math.sign(steps));
  }

  zoom(by) {
    this.camera.zoomAt(ZOOM_STEP ** by);
  }

  /** Move the keyboard's cursor by pixels on screen; what is pressed follows. */
  moveCursor(right, down) {
    const [x, y] = this.cursor ? this.camera.toScreen(this.cursor) : this.camera.size.map((v) => v / 2);
    const [width, height] = this.camera.size;
    const screen = [Math.min(width, Math.max(0, x + right)), Math.min(height, Math.max(0, y + down))];
    this.cursor = this.camera.toImage(screen);
    this.hover = this.cursor;
    if (this.pressed) this.tool.move(this.cursor, { screen, shift: false, touch: false });
    if (this.look.glass) this.main.magnify(screen);
    this.main.redraw();
    this.dispatchEvent(new Event("hover"));
  }

  /** Press at the keyboard's cursor, or let go. */
  press() {
    if (!this.cursor) this.moveCursor(0, 0);
    const screen = this.camera.toScreen(this.cursor);
    if (this.pressed) this.tool.up();
    else this.tool.down(this.cursor, { screen, shift: false, touch: false });
    this.pressed = !this.pressed;
    this.main.redraw();
  }
}
