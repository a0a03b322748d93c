/** Tools that change the picture and never the reading: moving it, and its grey levels. */

export class Pan {
  hint = "Drag to move, wheel to change slice, Ctrl and wheel to zoom. Right-drag changes grey levels.";

  constructor(stage) {
    this.stage = stage;
  }

  down(_, info) {
    this.last = info.screen;
  }

  move(_, { screen }) {
    this.stage.camera.pan(screen[0] - this.last[0], screen[1] - this.last[1]);
    this.last = screen;
  }

  up() {}
}

/** Grey levels: sideways for the width of the window, up and down for its centre. */
export class Window {
  hint = "Drag sideways for contrast, up and down for brightness. Q steps through presets.";

  constructor(stage) {
    this.stage = stage;
  }

  down(_, info) {
    this.from = info.screen;
    this.window = this.stage.window();
    const { low, high } = this.stage.reading.slice;
    this.step = (high - low) / 500;
  }

  move(_, { screen }) {
    const [centre, width] = this.window;
    const wider = width + (screen[0] - this.from[0]) * this.step;
    const moved = centre + (screen[1] - this.from[1]) * this.step;
    this.stage.look.set({ manual: [moved, Math.max(this.step, wider)] });
  }

  up() {}
}
