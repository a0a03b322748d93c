/** Which way up the slices lie, how large, and what is in the middle; shared by both halves. */

const CHOICES = [false, true];
const AXES = { L: [1, 0, 0], R: [-1, 0, 0], P: [0, 1, 0], A: [0, -1, 0], H: [0, 0, 1], F: [0, 0, -1] };
/** As the report: patient left (else back) on the right, feet (else back) at the foot. */
const WANTED_ACROSS = [1, 0.5, 0];
const WANTED_DOWN = [0, 0.5, -1];
const VIEWER = [-1, 1, 1];
const NEAREST = 64;
const FARTHEST = 0.25;

const dot = (a, b) => a.reduce((sum, value, k) => sum + value * b[k], 0);
const cross = (a, b) => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** "LP" to a direction that leans to the left and less to the back. */
function direction(letters) {
  const sum = [0, 0, 0];
  [...letters].forEach((letter, k) => {
    AXES[letter].forEach((value, axis) => (sum[axis] += value * (k ? 0.6 : 1)));
  });
  const length = Math.hypot(...sum) || 1;
  return sum.map((value) => value / length);
}

/** The turn that comes closest to the radiologist's view, from [top, bottom, left, right]. */
function turnFor(orientation) {
  const stored = { transposed: false, flippedX: false, flippedY: false };
  if (!orientation || orientation.some((letters) => !letters)) return stored;
  const [, bottom, , right] = orientation.map(direction);
  let best = [-Infinity, stored];
  for (const transposed of CHOICES)
    for (const flippedY of CHOICES)
      for (const flippedX of CHOICES) {
        const across = (transposed ? bottom : right).map((value) => (flippedX ? -value : value));
        const down = (transposed ? right : bottom).map((value) => (flippedY ? -value : value));
        if (dot(cross(across, down), VIEWER) <= 0) continue;
        const close = dot(across, WANTED_ACROSS) + dot(down, WANTED_DOWN);
        if (close > best[0] + 1e-6) best = [close, { transposed, flippedX, flippedY }];
      }
  return best[1];
}

export class Camera extends EventTarget {
  constructor(spacing, orientation) {
    super();
    const smallest = spacing ? Math.min(...spacing) : 1;
    this.mm = spacing ? smallest : null;
    this.stretch = spacing ? spacing.map((value) => value / smallest) : [1, 1];
    this.turn = turnFor(orientation);
    this.orientation = orientation;
    this.zoom = 1;
    this.centre = [0, 0];
    this.size = [1, 1];
    /** Whether a hand moved the picture: then nothing else does. */
    this.moved = false;
  }

  /** Canvas and SVG matrix [a, b, c, d, e, f] of (col, row) to the screen. */
  get matrix() {
    return this.matrixOf(this.zoom, this.centre, this.size);
  }

  matrixOf(zoom, [row, col], size) {
    const { transposed, flippedX, flippedY } = this.turn;
    const [tall, wide] = this.stretch;
    const x = flippedX ? -zoom : zoom;
    const y = flippedY ? -zoom : zoom;
    const [a, b, c, d] = transposed ? [0, y * wide, x * tall, 0] : [x * wide, 0, 0, y * tall];
    return [a, b, c, d, size[0] / 2 - a * col - c * row, size[1] / 2 - b * col - d * row];
  }

  /** Zoom and centre that show a box [top, left, bottom, right] whole in `size`. */
  placing([top, left, bottom, right], share, size) {
    const lengths = [(bottom - top) * this.stretch[0], (right - left) * this.stretch[1]];
    const [tall, wide] = this.turn.transposed ? lengths.reverse() : lengths;
    const grown = 1 + 2 * share;
    const zoom = Math.min(size[0] / (wide * grown), size[1] / (tall * grown));
    return [zoom, [(top + bottom) / 2, (left + right) / 2]];
  }

  /** The matrix that does so on another canvas. */
  fitted(box, share, size) {
    return this.matrixOf(...this.placing(box, share, size), size);
  }

  toScreen([row, col]) {
    const [a, b, c, d, e, f] = this.matrix;
    return [a * col + c * row + e, b * col + d * row + f];
  }

  toImage([x, y]) {
    const [a, b, c, d, e, f] = this.matrix;
    const whole = a * d - b * c;
    const col = (d * (x - e) - c * (y - f)) / whole;
    return [(a * (y - f) - b * (x - e)) / whole, col];
  }

  /** Patient's sides at [top, bottom, left, right] of the screen, or null. */
  get letters() {
    if (!this.orientation) return null;
    const [top, bottom, left, right] = this.orientation;
    const { transposed, flippedX, flippedY } = this.turn;
    let [up, down, west, east] = transposed ? [left, right, top, bottom] : [top, bottom, left, right];
    if (flippedY) [up, down] = [down, up];
    if (flippedX) [west, east] = [east, west];
    return [up, down, west, east];
  }

  resize(width, height) {
    this.size = [width, height];
    this.tell();
  }

  /** Show a box whole, with a margin of `share` of it on each side. */
  fit(box, share) {
    [this.zoom, this.centre] = this.placing(box, share, this.size);
    this.tell();
  }

  /** Zoom by a factor and keep what lies under a place on screen where it is. */
  zoomAt(factor, at = [this.size[0] / 2, this.size[1] / 2]) {
    this.moved = true;
    const before = this.toImage(at);
    this.zoom = Math.min(NEAREST, Math.max(FARTHEST, this.zoom * factor));
    const now = this.toImage(at);
    this.centre = this.centre.map((value, axis) => value + before[axis] - now[axis]);
    this.tell();
  }

  pan(dx, dy) {
    this.moved = true;
    const from = this.toImage([0, 0]);
    const to = this.toImage([dx, dy]);
    this.centre = this.centre.map((value, axis) => value - to[axis] + from[axis]);
    this.tell();
  }

  /** Length on the heart of a way from one place to another: millimetres, or pixels. */
  length([r0, c0], [r1, c1]) {
    const unit = this.mm ?? 1;
    return Math.hypot((r1 - r0) * this.stretch[0], (c1 - c0) * this.stretch[1]) * unit;
  }

  /** Area of one pixel in mm², or 1. */
  get pixelArea() {
    return this.stretch[0] * this.stretch[1] * (this.mm ?? 1) ** 2;
  }

  tell() {
    this.dispatchEvent(new Event("change"));
  }
}
