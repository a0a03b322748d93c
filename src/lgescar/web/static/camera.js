/** Which way up the slices lie, how large, and what is in the middle; shared by both halves. */

const NEAREST = 64;
const FARTHEST = 0.25;

export class Camera extends EventTarget {
  /** `turn`: whether slices are transposed, then flipped in rows, in columns, as reports show them. */
  constructor(spacing, orientation, [transposed, flippedY, flippedX]) {
    super();
    const smallest = spacing ? Math.min(...spacing) : 1;
    this.mm = spacing ? smallest : null;
    this.stretch = spacing ? spacing.map((value) => value / smallest) : [1, 1];
    this.turn = { transposed, flippedX, flippedY };
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
