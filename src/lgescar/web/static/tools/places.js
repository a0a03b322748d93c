/** Places on a slice, [row, col] in pixel edges, as the tools use them. */

import { svg } from "../dom.js";

/** As sent: a hundredth of a pixel is finer than any hand. */
export const sent = (place) => place.map((value) => Math.round(value * 100) / 100);

export const near = ([x0, y0], [x1, y1], px) => Math.hypot(x1 - x0, y1 - y0) <= px;

/** How far from a handle still grabs it: fingers are wider than pointers. */
export const reach = (info) => (info.touch ? 20 : 9);

/** A stroke without the places that lie nearer than `step` pixels to the one before. */
export function thinned(path, step = 0.4, most = 4000) {
  const thin = [path[0]];
  for (const place of path.slice(1)) if (!near(thin.at(-1), place, step)) thin.push(place);
  if (path.length > 1 && thin.at(-1) !== path.at(-1)) thin.push(path.at(-1));
  const every = Math.ceil(thin.length / most);
  return thin.filter((_, k) => k % every === 0).map(sent);
}

/** `count` places, evenly along a closed line. */
export function evenly(loop, count) {
  const closed = [...loop, loop[0]];
  const ends = [0];
  for (let k = 1; k < closed.length; k++) {
    const [[r0, c0], [r1, c1]] = [closed[k - 1], closed[k]];
    ends.push(ends.at(-1) + Math.hypot(r1 - r0, c1 - c0));
  }
  const places = [];
  for (let n = 0, k = 1; n < count; n++) {
    const wanted = (n / count) * ends.at(-1);
    while (ends[k] < wanted) k += 1;
    const share = (wanted - ends[k - 1]) / (ends[k] - ends[k - 1] || 1);
    places.push(closed[k - 1].map((value, axis) => value + share * (closed[k][axis] - value)));
  }
  return places;
}

/** A smooth closed line through its corners (Catmull-Rom), `steps` places a piece. */
export function smoothLoop(corners, steps = 8) {
  const size = corners.length;
  const places = [];
  for (let k = 0; k < size; k++) {
    const [a, b, c, d] = [-1, 0, 1, 2].map((by) => corners[(k + by + size) % size]);
    for (let n = 0; n < steps; n++) {
      const t = n / steps;
      places.push(
        b.map((_, i) =>
          b[i] + 0.5 * t * (c[i] - a[i] + t * (2 * a[i] - 5 * b[i] + 4 * c[i] - d[i] +
            t * (3 * (b[i] - c[i]) + d[i] - a[i]))),
        ),
      );
    }
  }
  return places;
}

export function areaOf(polygon) {
  let twice = 0;
  polygon.forEach(([r0, c0], k) => {
    const [r1, c1] = polygon[(k + 1) % polygon.length];
    twice += c0 * r1 - c1 * r0;
  });
  return Math.abs(twice) / 2;
}

/** A line on the picture, twice: dark beneath, so that it shows on white as on black. */
export function drawLine(layer, places, toScreen, name, closed = false) {
  if (!places?.length) return;
  const d = `M${places.map((place) => toScreen(place).map((v) => v.toFixed(1)).join(" ")).join("L")}${closed ? "Z" : ""}`;
  layer.append(svg("path", { class: "halo", d }), svg("path", { class: name, d }));
}

export function drawHandle(layer, [x, y], name = "handle") {
  layer.append(svg("rect", { class: name, x: x - 4.5, y: y - 4.5, width: 9, height: 9, rx: 2 }));
}

export function drawText(layer, [x, y], text) {
  layer.append(svg("text", { class: "size-label", x, y }, text));
}
