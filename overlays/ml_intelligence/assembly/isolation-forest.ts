/**
 * Isolation forest (Liu, Ting, Zhou 2008): what random cuts set apart early is unusual. Grown as scikit-learn grows it:
 * samples without replacement, cuts between the least and the greatest value, depth at most the logarithm of the sample.
 * The same rows and seed give the same scores on every machine.
 */

let state: u64 = 0;

/** SplitMix64. */
function random(): u64 {
  state += 0x9e3779b97f4a7c15;
  let z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

function uniform(): f64 {
  return <f64>(random() >> 11) / 9007199254740992.0;
}

function below(limit: i32): i32 {
  return <i32>(uniform() * <f64>limit);
}

const EULER: f64 = 0.5772156649015329;

/** Mean length of an unsuccessful search in a binary tree of so many. */
export function meanPath(n: i32): f64 {
  if (n <= 1) return 0;
  if (n == 2) return 1;
  return 2 * (Math.log(<f64>(n - 1)) + EULER) - (2 * <f64>(n - 1)) / <f64>n;
}

export class Forest {
  private feature: Array<i32> = [];
  private cut: Array<f64> = [];
  /** Left child; the right one stands behind it. Of a leaf its path length still to come, in `cut`. */
  private left: Array<i32> = [];
  private roots: Array<i32> = [];
  private sample: i32 = 0;

  /** @param rows values row by row */
  constructor(
    private rows: StaticArray<f64>,
    private count: i32,
    private width: i32,
    trees: i32,
    sample: i32,
    seed: u64,
  ) {
    state = seed;
    this.sample = min(sample, count);
    let depth = 0;
    while (1 << depth < this.sample) depth++;
    const order = new StaticArray<i32>(count);
    for (let i = 0; i < count; i++) order[i] = i;
    for (let tree = 0; tree < trees; tree++) {
      for (let i = 0; i < this.sample; i++) {
        const j = i + below(count - i);
        const other = order[j];
        order[j] = order[i];
        order[i] = other;
      }
      const root = this.node();
      this.roots.push(root);
      this.grow(root, order, 0, this.sample, depth);
    }
  }

  private node(): i32 {
    this.feature.push(-1);
    this.cut.push(0);
    this.left.push(0);
    return this.feature.length - 1;
  }

  private grow(node: i32, order: StaticArray<i32>, from: i32, to: i32, depth: i32): void {
    const size = to - from;
    const width = this.width;
    // A feature that does not vary here cannot be cut; try the others from a random one on.
    let feature = -1;
    let least = 0.0;
    let most = 0.0;
    if (depth > 0 && size > 1) {
      const first = below(width);
      for (let step = 0; step < width && feature < 0; step++) {
        const candidate = step == 0 ? first : (first + step) % width;
        least = most = unchecked(this.rows[order[from] * width + candidate]);
        for (let i = from + 1; i < to; i++) {
          const value = unchecked(this.rows[order[i] * width + candidate]);
          if (value < least) least = value;
          if (value > most) most = value;
        }
        if (most > least) feature = candidate;
      }
    }
    if (feature < 0) {
      this.cut[node] = meanPath(size);
      return;
    }
    let cut = least + uniform() * (most - least);
    if (cut >= most) cut = least;
    let middle = from;
    for (let i = from; i < to; i++) {
      const row = order[i];
      if (unchecked(this.rows[row * width + feature]) > cut) continue;
      order[i] = order[middle];
      order[middle++] = row;
    }
    const left = this.node();
    const right = this.node();
    this.feature[node] = feature;
    this.cut[node] = cut;
    this.left[node] = left;
    this.grow(left, order, from, middle, depth - 1);
    this.grow(right, order, middle, to, depth - 1);
  }

  /** Score of a row of `width` values: near 1 unusual, below 0.5 ordinary. */
  score(values: StaticArray<f64>, row: i32): f64 {
    let path = 0.0;
    const at = row * this.width;
    for (let tree = 0; tree < this.roots.length; tree++) {
      let node = unchecked(this.roots[tree]);
      let depth = 0;
      while (true) {
        const feature = unchecked(this.feature[node]);
        if (feature < 0) break;
        depth++;
        node = unchecked(this.left[node]) + (unchecked(values[at + feature]) > unchecked(this.cut[node]) ? 1 : 0);
      }
      path += <f64>depth + unchecked(this.cut[node]);
    }
    const mean = meanPath(this.sample);
    if (mean == 0) return 0.5;
    return Math.pow(2, -(path / <f64>this.roots.length) / mean);
  }

  /** How many rows it was grown on. */
  grownOn(): i32 {
    return this.count;
  }
}
