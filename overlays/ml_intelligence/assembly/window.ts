/** The latest observations of one set of metrics, and the forest grown on them now and then. */
import { Json, Kind } from '@forge-cascade/overlay-sdk/guest';
import { Forest } from './isolation-forest';

/** Observations kept. */
const KEPT: i32 = 512;
/** Fewer than this say nothing yet. */
export const ENOUGH: i32 = 32;
/** A new forest after so many observations. */
const REGROWN: i32 = 32;
const MOST_METRICS: i32 = 32;

let names: string[] = [];
let rows: StaticArray<f64> = new StaticArray<f64>(0);
let next: i32 = 0;
let forest: Forest | null = null;
let since: i32 = 0;
export let observed: i32 = 0;

export function forget(): void {
  names = [];
  observed = 0;
  next = 0;
  since = 0;
  forest = null;
}

/**
 * Takes in one observation and gives its score by those before it, -1 while they are too few. Another set of metrics than
 * before begins anew.
 */
export function observe(metrics: Json, trees: i32, sample: i32, seed: u64): f64 {
  const given: string[] = [];
  let item = metrics.first;
  while (item !== null) {
    if (item.kind == Kind.NUMBER && given.length < MOST_METRICS)
      given.push(String.UTF8.decodeUnsafe(item.keyAt, item.keyLength));
    item = item.next;
  }
  given.sort();
  if (given.length == 0) return -1;
  if (given.join('\n') != names.join('\n')) {
    forget();
    names = given;
    rows = new StaticArray<f64>(KEPT * given.length);
  }
  const width = names.length;
  const values = new StaticArray<f64>(width);
  for (let i = 0; i < width; i++) values[i] = metrics.numberOf(names[i], 0);
  let score = -1.0;
  if (observed >= ENOUGH) {
    let grown = forest;
    if (grown === null || since >= REGROWN) {
      grown = new Forest(rows, min(observed, KEPT), width, trees, sample, seed);
      forest = grown;
      since = 0;
    }
    score = grown.score(values, 0);
  }
  for (let i = 0; i < width; i++) rows[next * width + i] = values[i];
  next = (next + 1) % KEPT;
  observed++;
  since++;
  return score;
}

export function regrow(): void {
  forest = null;
}
