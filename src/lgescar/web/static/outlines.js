/** Masks as closed lines: traced along pixel edges, then rounded as the report's are. */

import { isBlood, isHeart, isMvo, isScar } from "./labels.js";

/** Drawn in this order; colours and dashes are in reader.css, by the same names. */
export const TRACES = [
  ["endocardium", "Endocardium", isBlood],
  ["epicardium", "Epicardium", isHeart],
  ["scar", "Scar", isScar],
  ["mvo", "MVO", isMvo],
];

/** A pixel staircase reads as a curve after a few steps in and out. Source: Taubin, ICCV 1995, 852. */
const SMOOTHINGS = 20;
const STEPS = [0.5, -0.53];

const known = new WeakMap();

/** SVG path data of every trace in (col, row) pixel edges, by trace name; stored with the labels. */
export function paths(labels, exact) {
  const stored = known.get(labels) ?? {};
  known.set(labels, stored);
  const form = exact ? "exact" : "rounded";
  stored[form] ??= Object.fromEntries(
    TRACES.map(([name, , has]) => {
      const loops = traced(labels, has).filter((loop) => name !== "epicardium" || area(loop) > 0);
      return [name, loops.map((loop) => spelled(exact ? loop : rounded(loop))).join("")];
    }),
  );
  return stored[form];
}

/** The largest closed line of a trace as [[row, col], ...], or null: a border to be edited. */
export function largestLoop(labels, has) {
  const loops = traced(labels, has);
  if (!loops.length) return null;
  const largest = loops.reduce((a, b) => (Math.abs(area(a)) >= Math.abs(area(b)) ? a : b));
  return rounded(largest).map(([x, y]) => [y, x]);
}

/** Shoelace area of [[x, y], ...]; positive around something, negative around a hole. */
export function area(loop) {
  let twice = 0;
  loop.forEach(([x0, y0], k) => {
    const [x1, y1] = loop[(k + 1) % loop.length];
    twice += x0 * y1 - x1 * y0;
  });
  return twice / 2;
}

/** Closed lines along the edges of pixels, the mask on the right hand: [[x, y], ...] each. */
function traced(labels, has) {
  const span = labels.span(has);
  if (!span) return [];
  const [top, left, bottom, right] = span;
  const { rows, cols, at } = labels;
  const inside = (row, col) => row >= 0 && col >= 0 && row < rows && col < cols && has(at[row * cols + col]);
  const wide = cols + 1;
  const next = new Map();
  const edge = (x0, y0, x1, y1) => {
    const from = y0 * wide + x0;
    if (next.has(from)) next.get(from).push([x1, y1]);
    else next.set(from, [[x1, y1]]);
  };
  for (let row = top; row < bottom; row++) {
    for (let col = left; col < right; col++) {
      if (!inside(row, col)) continue;
      if (!inside(row - 1, col)) edge(col, row, col + 1, row);
      if (!inside(row, col + 1)) edge(col + 1, row, col + 1, row + 1);
      if (!inside(row + 1, col)) edge(col + 1, row + 1, col, row + 1);
      if (!inside(row, col - 1)) edge(col, row + 1, col, row);
    }
  }
  return linked(next, wide);
}

function linked(next, wide) {
  const loops = [];
  for (const first of next.keys()) {
    while (next.get(first)?.length) {
      const start = [first % wide, Math.floor(first / wide)];
      const loop = [];
      let at = start;
      let heading = null;
      do {
        loop.push(at);
        const ways = next.get(at[1] * wide + at[0]);
        const to = ways.splice(choice(ways, at, heading), 1)[0];
        heading = [to[0] - at[0], to[1] - at[1]];
        at = to;
      } while (at[0] !== start[0] || at[1] !== start[1]);
      loops.push(loop);
    }
  }
  return loops;
}

/** Where two pixels touch at a corner they are kept apart: turn right. */
function choice(ways, [x, y], heading) {
  if (ways.length === 1 || !heading) return 0;
  return ways.findIndex(([tx, ty]) => heading[0] * (ty - y) - heading[1] * (tx - x) > 0);
}

function rounded(loop) {
  const size = loop.length;
  let now = new Float64Array(2 * size);
  let next = new Float64Array(2 * size);
  loop.forEach(([x, y], k) => {
    const [nx, ny] = loop[(k + 1) % size];
    now[2 * k] = (x + nx) / 2;
    now[2 * k + 1] = (y + ny) / 2;
  });
  for (let turn = 0; turn < 2 * SMOOTHINGS; turn++) {
    const step = STEPS[turn % 2];
    for (let k = 0; k < 2 * size; k++) {
      const before = k < 2 ? now[k + 2 * size - 2] : now[k - 2];
      const after = k >= 2 * size - 2 ? now[k + 2 - 2 * size] : now[k + 2];
      next[k] = now[k] + step * ((before + after) / 2 - now[k]);
    }
    [now, next] = [next, now];
  }
  const line = loop.map((_, k) => [now[2 * k], now[2 * k + 1]]);
  return grown(line, Math.abs(area(loop)));
}

/** The same line about its middle, enclosing what the staircase did. */
function grown(line, wanted) {
  const has = Math.abs(area(line));
  if (has < 1e-6) return line;
  const factor = Math.sqrt(wanted / has);
  const middle = [0, 1].map((axis) => line.reduce((sum, at) => sum + at[axis], 0) / line.length);
  return line.map((at) => at.map((value, axis) => middle[axis] + (value - middle[axis]) * factor));
}

const spelled = (loop) => `M${loop.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}Z`;
