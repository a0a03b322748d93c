/** Label maps in the browser: run lengths to codes, and what each code is (see core/tissue.py). */

export const BACKGROUND = 0;
export const BLOOD_POOL = 1;
export const VIABLE = 2;
export const SCAR = 3;
export const MVO = 4;

/** A plane of codes; `at` is row-major and never changed once it is shared. */
export class Labels {
  constructor(rows, cols, at = new Uint8Array(rows * cols)) {
    this.rows = rows;
    this.cols = cols;
    this.at = at;
  }

  static fromRuns(rows, cols, runs) {
    const at = new Uint8Array(rows * cols);
    let first = 0;
    for (let k = 0; k < runs.length; k += 2) {
      at.fill(runs[k], first, first + runs[k + 1]);
      first += runs[k + 1];
    }
    return new Labels(rows, cols, at);
  }

  copy() {
    return new Labels(this.rows, this.cols, this.at.slice());
  }

  /** Run lengths as the server spells them. */
  get runs() {
    const runs = [];
    for (let k = 0; k < this.at.length; k++) {
      if (k && this.at[k] === this.at[k - 1]) runs[runs.length - 1] += 1;
      else runs.push(this.at[k], 1);
    }
    return runs;
  }

  count(has) {
    return this.tally.filter((_, code) => has(code)).reduce((sum, { count }) => sum + count, 0);
  }

  /** [top, left, bottom, right] of the pixels that `has` holds for, or null. */
  span(has) {
    const some = this.tally.filter(({ count }, code) => count && has(code)).map((one) => one.span);
    if (!some.length) return null;
    return some.reduce((a, b) => a.map((value, k) => (k < 2 ? Math.min : Math.max)(value, b[k])));
  }

  /** Count and span of every code: computed once, since what is shared never changes. */
  get tally() {
    this.counted ??= this.tallied();
    return this.counted;
  }

  tallied() {
    const { rows, cols, at } = this;
    const all = Array.from({ length: 5 }, () => ({ count: 0, span: [rows, cols, 0, 0] }));
    for (let row = 0, k = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++, k++) {
        if (at[k] === BACKGROUND) continue;
        const one = all[at[k]];
        const { span } = one;
        one.count += 1;
        if (row < span[0]) span[0] = row;
        if (col < span[1]) span[1] = col;
        if (row >= span[2]) span[2] = row + 1;
        if (col >= span[3]) span[3] = col + 1;
      }
    }
    return all;
  }
}

export const isHeart = (code) => code > BACKGROUND;
export const isBlood = (code) => code === BLOOD_POOL;
export const isWall = (code) => code >= VIABLE;
export const isScar = (code) => code >= SCAR;
export const isMvo = (code) => code === MVO;

/** Marks the pixels whose centre lies within `radius` of a stroke; as reader/draw.py does. */
export function nearPath(labels, path, radius, mark) {
  const { rows, cols } = labels;
  for (let k = 0; k < Math.max(1, path.length - 1); k++) {
    const [r0, c0] = path[k];
    const [r1, c1] = path[Math.min(k + 1, path.length - 1)];
    const [down, across] = [r1 - r0, c1 - c0];
    const length = down * down + across * across;
    const top = Math.max(0, Math.floor(Math.min(r0, r1) - radius) - 1);
    const bottom = Math.min(rows, Math.ceil(Math.max(r0, r1) + radius) + 1);
    const left = Math.max(0, Math.floor(Math.min(c0, c1) - radius) - 1);
    const right = Math.min(cols, Math.ceil(Math.max(c0, c1) + radius) + 1);
    for (let row = top; row < bottom; row++) {
      for (let col = left; col < right; col++) {
        const [y, x] = [row + 0.5 - r0, col + 0.5 - c0];
        const along = length ? Math.min(1, Math.max(0, (y * down + x * across) / length)) : 0;
        if ((y - along * down) ** 2 + (x - along * across) ** 2 <= radius * radius) {
          mark(row * cols + col);
        }
      }
    }
  }
}

/** Marks the pixels whose centre lies inside a closed polygon, even-odd; as reader/draw.py does. */
export function insidePolygon(labels, polygon, mark) {
  const { rows, cols } = labels;
  for (let row = 0; row < rows; row++) {
    const y = row + 0.5;
    const cuts = [];
    polygon.forEach(([r0, c0], k) => {
      const [r1, c1] = polygon[(k + 1) % polygon.length];
      if (r0 <= y !== r1 <= y) cuts.push(c0 + ((y - r0) * (c1 - c0)) / (r1 - r0));
    });
    cuts.sort((a, b) => a - b);
    for (let k = 0; k + 1 < cuts.length; k += 2) {
      const first = Math.max(0, Math.ceil(cuts[k] - 0.5));
      for (let col = first; col < cols && col + 0.5 < cuts[k + 1]; col++) mark(row * cols + col);
    }
  }
}
