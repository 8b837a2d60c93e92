/** How far a capsule can be relied on by where it comes from. The first node of an ancestry is the capsule itself. */
import { JsonWriter } from '@forge-cascade/overlay-sdk/guest';
import { Ancestry } from './ancestry';

/** The bands of trust. */
const TRUSTED: f64 = 80;
const STANDARD: f64 = 60;
const SANDBOX: f64 = 40;

/** Lists of ids are cut here, and counted on. */
const MOST_NAMED = 100;

const UNREACHED = -1;

export function graded(ancestry: Ancestry): JsonWriter {
  const carried = reached(ancestry, true);
  const anyhow = reached(ancestry, false);
  const sources = withoutParents(ancestry);

  let weakest = 0;
  let depth = 0;
  let links = 0;
  let tainting = 0;
  let warning = 0;
  const taints = new JsonWriter().openList();
  const warnings = new JsonWriter().openList();
  const roots = new JsonWriter().openList();
  let rooted = 0;
  for (let i = 0; i < ancestry.ids.length; i++) {
    if (anyhow[i] == UNREACHED) continue;
    depth = max(depth, anyhow[i]);
    const bad = isBad(ancestry, i);
    if (sources[i] && rooted++ < MOST_NAMED) roots.text('', ancestry.ids[i]);
    if (carried[i] == UNREACHED) {
      if (bad && warning++ < MOST_NAMED) warnings.text('', ancestry.ids[i]);
      continue;
    }
    links++;
    if (bad && tainting++ < MOST_NAMED) taints.text('', ancestry.ids[i]);
    // Of equally weak links the nearest is shown.
    const less = trustOf(ancestry, i) - trustOf(ancestry, weakest);
    if (less < 0 || (less == 0 && carried[i] < carried[weakest])) weakest = i;
  }
  const broken = brokenLinks(ancestry, carried);
  const chain = trustOf(ancestry, weakest);
  const doubtful = tainting > 0 || ancestry.nodes[0].isTrue('tainted');

  const out = new JsonWriter().open().text('id', ancestry.ids[0]);
  out.text('grade', gradeOf(chain, doubtful, broken, ancestry.truncated)).number('chain_trust', chain);
  out.open('weakest').text('id', ancestry.ids[weakest]).number('trust', chain).int('depth', carried[weakest]).close();
  out.int('depth', depth).int('links', links).int('nodes', ancestry.ids.length);
  out.json('sources', roots.closeList()).int('source_count', rooted);
  out.json('tainted_by', taints.closeList()).json('warned_by', warnings.closeList());
  out.openList('breaks');
  for (let i = 0; i < ancestry.missing.length && i < MOST_NAMED; i++) {
    const edge = ancestry.missing[i];
    out.open().copy('child', edge.field('child')).copy('parent', edge.field('parent'));
    out.copy('relation', edge.field('relation')).close();
  }
  return out.closeList().bool('truncated', ancestry.truncated).close();
}

/** `sound`, `fair`, `weak`, `broken` or `tainted`: the worst that is true. */
function gradeOf(chain: f64, tainted: bool, breaks: i32, truncated: bool): string {
  if (tainted) return 'tainted';
  if (breaks > 0) return 'broken';
  if (chain < SANDBOX) return 'tainted';
  if (chain < STANDARD) return 'weak';
  // What was not seen to its end is not called sound.
  return chain < TRUSTED || truncated ? 'fair' : 'sound';
}

/** Fewest edges from the capsule, -1 where it is not reached. */
function reached(ancestry: Ancestry, carryingOnly: bool): StaticArray<i32> {
  const count = ancestry.ids.length;
  const from = new StaticArray<i32>(count).fill(UNREACHED);
  const outgoing = edgesByChild(ancestry);
  const queue: i32[] = [0];
  from[0] = 0;
  for (let next = 0; next < queue.length; next++) {
    const at = queue[next];
    for (let e = outgoing.starts[at]; e < outgoing.starts[at + 1]; e++) {
      const edge = outgoing.edges[e];
      if (carryingOnly && !carries(ancestry.relations[edge])) continue;
      const parent = ancestry.parents[edge];
      if (from[parent] != UNREACHED) continue;
      from[parent] = from[at] + 1;
      queue.push(parent);
    }
  }
  return from;
}

class Grouped {
  constructor(
    readonly starts: StaticArray<i32>,
    readonly edges: StaticArray<i32>,
  ) {}
}

function edgesByChild(ancestry: Ancestry): Grouped {
  const count = ancestry.ids.length;
  const starts = new StaticArray<i32>(count + 1);
  for (let e = 0; e < ancestry.children.length; e++) starts[ancestry.children[e] + 1]++;
  for (let i = 0; i < count; i++) starts[i + 1] += starts[i];
  const edges = new StaticArray<i32>(ancestry.children.length);
  const next = starts.slice<StaticArray<i32>>(0);
  for (let e = 0; e < edges.length; e++) edges[next[ancestry.children[e]]++] = e;
  return new Grouped(starts, edges);
}

/** Links from what carries trust to what is not there. */
function brokenLinks(ancestry: Ancestry, carried: StaticArray<i32>): i32 {
  let count = 0;
  for (let i = 0; i < ancestry.missing.length; i++) {
    const edge = ancestry.missing[i];
    // What a depth cut off is no break: it is there.
    if (ancestry.truncated) continue;
    if (carries(edge.textOf('relation')) && carried[ancestry.places.get(edge.textOf('child'))] != UNREACHED) count++;
  }
  return count;
}

function withoutParents(ancestry: Ancestry): StaticArray<bool> {
  const sources = new StaticArray<bool>(ancestry.ids.length).fill(true);
  for (let e = 0; e < ancestry.children.length; e++) sources[ancestry.children[e]] = false;
  for (let i = 0; i < ancestry.missing.length; i++) {
    sources[ancestry.places.get(ancestry.missing[i].textOf('child'))] = false;
  }
  return sources;
}

function carries(relation: string): bool {
  return relation == 'version' || relation == 'fork' || relation == 'merge' || relation == 'summary';
}

function trustOf(ancestry: Ancestry, place: i32): f64 {
  return ancestry.nodes[place].numberOf('trust_level', 0);
}

/** Quarantined or retracted. */
function isBad(ancestry: Ancestry, place: i32): bool {
  return trustOf(ancestry, place) < SANDBOX || ancestry.nodes[place].isTrue('retracted');
}
