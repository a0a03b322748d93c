/** Stored pixels to grey levels: 16-bit values through a look-up table on a canvas. */

import * as api from "./api.js";
import { isHeart, isWall } from "./labels.js";

const LEVELS = 65536;
const DEEPEST = LEVELS - 1;

/** The slices' pixels, fetched once each, and the pictures they make. */
export class Pixels {
  constructor(reading) {
    this.reading = reading;
    this.values = new Map();
    this.pictures = new Map();
    this.presets = new Map();
  }

  /** Fetch the slice on screen first, then its neighbours outwards. */
  async fetchAll(from) {
    const near = this.reading.slices
      .map((one, place) => [Math.abs(place - from), one.index])
      .sort((a, b) => a[0] - b[0]);
    for (const [, index] of near) await this.fetch(index).catch((error) => this.reading.say(error.message));
  }

  async fetch(index) {
    if (!this.values.has(index)) {
      const bytes = await api.pixels(this.reading.id, index);
      this.values.set(index, new Uint16Array(bytes));
      this.reading.tell("pixels", index);
    }
    return this.values.get(index);
  }

  /** A picture of its own for a small picture of the slice, or null before it has come. */
  thumbnail(index, window) {
    return this.picture(index, window, `small ${index}`);
  }

  /**
   * The slice under a window of [centre, width] as `{canvas}`, or null before it has come; the
   * same object as long as nothing on it changes.
   */
  picture(index, window, place = index) {
    const values = this.values.get(index);
    if (!values) return null;
    const name = window.join(" ");
    const known = this.pictures.get(place);
    if (known?.name === name) return known;
    const { rows, cols, low, high } = this.reading.about(index);
    const canvas = known?.canvas ?? document.createElement("canvas");
    [canvas.width, canvas.height] = [cols, rows];
    const context = canvas.getContext("2d");
    const image = context.createImageData(cols, rows);
    const out = new Uint32Array(image.data.buffer);
    const grey = table(window, low, high);
    for (let k = 0; k < values.length; k++) out[k] = grey[values[k]];
    context.putImageData(image, 0, 0);
    const picture = { name, canvas };
    this.pictures.set(place, picture);
    return picture;
  }

  /** The stored value under a place, in the file's own units, or null. */
  valueAt(index, [row, col]) {
    const { rows, cols, low, high } = this.reading.about(index);
    const values = this.values.get(index);
    const [r, c] = [Math.floor(row), Math.floor(col)];
    if (!values || r < 0 || c < 0 || r >= rows || c >= cols) return null;
    return low + (values[r * cols + c] / DEEPEST) * (high - low);
  }

  /** [centre, width] of a preset for a slice; found once, so that painting changes no grey. */
  preset(name, index) {
    const key = `${name} ${index}`;
    if (!this.presets.has(key)) {
      const found = this.found(name, index);
      if (!found) return this.reading.about(index).window;
      this.presets.set(key, found);
    }
    return this.presets.get(key);
  }

  /** The same, or null while pixels or outlines have not come. */
  found(name, index) {
    const { low, high, window } = this.reading.about(index);
    if (name === "full") return [(low + high) / 2, high - low || 1];
    if (name === "study") return window;
    const values = this.values.get(index);
    const labels = this.reading.view(index)?.labels;
    if (!values || !labels) return null;
    const inside = name === "wall" ? isWall : isHeart;
    const some = [];
    for (let k = 0; k < values.length; k++) if (inside(labels.at[k])) some.push(values[k]);
    if (some.length < 20) return window;
    some.sort((a, b) => a - b);
    const at = (share) => low + (some[Math.floor(share * (some.length - 1))] / DEEPEST) * (high - low);
    // The wall's dark half is black, so that only enhancement is grey to white.
    const [dark, bright] = name === "wall" ? [at(0.3), at(0.995)] : [at(0.005), at(0.995)];
    return [(dark + bright) / 2, Math.max(bright - dark, (high - low) / 1000 || 1)];
  }
}

export const PRESETS = [
  ["study", "As stored"],
  ["heart", "Heart"],
  ["wall", "Scar against wall"],
  ["full", "Full range"],
];

/** Grey for each stored value, as opaque little-endian RGBA. */
function table([centre, width], low, high) {
  const grey = new Uint32Array(LEVELS);
  const scale = (high - low) / DEEPEST;
  const dark = centre - width / 2;
  for (let k = 0; k < LEVELS; k++) {
    const share = (low + k * scale - dark) / width;
    const level = Math.round(Math.min(1, Math.max(0, share)) * 255);
    grey[k] = (255 << 24) | (level << 16) | (level << 8) | level;
  }
  return grey;
}
