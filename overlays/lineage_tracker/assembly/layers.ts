/**
 * Layered coordinates of an ancestry, after Sugiyama: every edge goes at least one layer on, and the order within a layer
 * is what sweeps of barycentres make of it.
 */
import { JsonWriter } from '@forge-cascade/overlay-sdk/guest';
import { Ancestry } from './ancestry';

const SWEEPS = 8;

/** More nodes are not laid out: nobody could look at them. */
export const MOST_NODES = 2_000;

export function laidOut(ancestry: Ancestry): JsonWriter {
  const layer = layersOf(ancestry);
  let count = 0;
  for (let i = 0; i < layer.length; i++) count = max(count, layer[i] + 1);
  const rows: i32[][] = [];
  for (let i = 0; i < count; i++) rows.push([]);
  for (let i = 0; i < layer.length; i++) rows[layer[i]].push(i);
  const place = new StaticArray<f64>(layer.length);
  setPlaces(rows, place);
  const neighbours = neighboursOf(ancestry);

  let best = place.slice<StaticArray<f64>>(0);
  let least = crossings(ancestry, layer, place);
  for (let sweep = 0; sweep < SWEEPS && least > 0; sweep++) {
    const down = (sweep & 1) == 0;
    for (let i = 0; i < count; i++) order(rows[down ? i : count - 1 - i], neighbours, layer, place, down);
    const now = crossings(ancestry, layer, place);
    if (now < least) {
      least = now;
      best = place.slice<StaticArray<f64>>(0);
    }
  }
  let width = 0;
  for (let i = 0; i < count; i++) width = max(width, rows[i].length);
  return written(ancestry, layer, rows, best, width, least);
}

function written(
  ancestry: Ancestry,
  layer: StaticArray<i32>,
  rows: i32[][],
  place: StaticArray<f64>,
  width: i32,
  crossed: i32,
): JsonWriter {
  const out = new JsonWriter(4096).open().int('layers', rows.length).int('width', width).int('crossings', crossed);
  out.openList('nodes');
  for (let i = 0; i < ancestry.ids.length; i++) {
    // Rows are centred over each other.
    const x = place[i] + <f64>(width - rows[layer[i]].length) / 2;
    out.open().text('id', ancestry.ids[i]).number('x', x).int('y', layer[i]).close();
  }
  out.closeList().openList('edges');
  for (let e = 0; e < ancestry.children.length; e++) {
    out.open().text('child', ancestry.ids[ancestry.children[e]]).text('parent', ancestry.ids[ancestry.parents[e]]);
    out.text('relation', ancestry.relations[e]).close();
  }
  return out.closeList().bool('truncated', ancestry.truncated).close();
}

/** The longest way from a node without children. Lineage has no cycles; one that were told ends the walk all the same. */
function layersOf(ancestry: Ancestry): StaticArray<i32> {
  const count = ancestry.ids.length;
  const layer = new StaticArray<i32>(count);
  const waiting = new StaticArray<i32>(count);
  for (let e = 0; e < ancestry.parents.length; e++) waiting[ancestry.parents[e]]++;
  const queue: i32[] = [];
  for (let i = 0; i < count; i++) if (waiting[i] == 0) queue.push(i);
  const upward = listsOf(ancestry.children, ancestry.parents, count);
  for (let next = 0; next < queue.length; next++) {
    const child = queue[next];
    for (let k = 0; k < upward[child].length; k++) {
      const parent = upward[child][k];
      layer[parent] = max(layer[parent], layer[child] + 1);
      if (--waiting[parent] == 0) queue.push(parent);
    }
  }
  return layer;
}

function neighboursOf(ancestry: Ancestry): i32[][] {
  const up = listsOf(ancestry.children, ancestry.parents, ancestry.ids.length);
  const down = listsOf(ancestry.parents, ancestry.children, ancestry.ids.length);
  for (let i = 0; i < up.length; i++) up[i] = up[i].concat(down[i]);
  return up;
}

function listsOf(from: i32[], to: i32[], count: i32): i32[][] {
  const lists: i32[][] = [];
  for (let i = 0; i < count; i++) lists.push([]);
  for (let e = 0; e < from.length; e++) lists[from[e]].push(to[e]);
  return lists;
}

let wanted: StaticArray<f64> = [];

/** Sorts a row by the mean place of its neighbours in the rows that were sorted before. */
function order(row: i32[], neighbours: i32[][], layer: StaticArray<i32>, place: StaticArray<f64>, down: bool): void {
  wanted = new StaticArray<f64>(place.length);
  for (let i = 0; i < row.length; i++) {
    const node = row[i];
    let sum: f64 = 0;
    let count = 0;
    for (let k = 0; k < neighbours[node].length; k++) {
      const other = neighbours[node][k];
      if (down ? layer[other] >= layer[node] : layer[other] <= layer[node]) continue;
      sum += place[other];
      count++;
    }
    wanted[node] = count > 0 ? sum / <f64>count : place[node];
  }
  // The sort is stable only where ties are told apart.
  row.sort((a, b) => (wanted[a] < wanted[b] ? -1 : wanted[a] > wanted[b] ? 1 : a - b));
  for (let i = 0; i < row.length; i++) place[row[i]] = i;
}

function setPlaces(rows: i32[][], place: StaticArray<f64>): void {
  for (let i = 0; i < rows.length; i++) for (let k = 0; k < rows[i].length; k++) place[rows[i][k]] = k;
}

/** Pairs of edges between the same two layers that cross. Longer edges are not counted. */
function crossings(ancestry: Ancestry, layer: StaticArray<i32>, place: StaticArray<f64>): i32 {
  const short: i32[] = [];
  for (let e = 0; e < ancestry.children.length; e++) {
    if (layer[ancestry.parents[e]] - layer[ancestry.children[e]] == 1) short.push(e);
  }
  // Beyond this, counting would cost more than a better order is worth.
  if (short.length > 1_000) return 0;
  let count = 0;
  for (let i = 0; i < short.length; i++) {
    for (let k = i + 1; k < short.length; k++) {
      if (layer[ancestry.children[short[i]]] != layer[ancestry.children[short[k]]]) continue;
      const below = place[ancestry.children[short[i]]] - place[ancestry.children[short[k]]];
      const above = place[ancestry.parents[short[i]]] - place[ancestry.parents[short[k]]];
      if (below * above < 0) count++;
    }
  }
  return count;
}
