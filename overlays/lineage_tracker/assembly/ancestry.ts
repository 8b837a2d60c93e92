/** A lineage as the host tells it, by number instead of by id. */
import { Direction, Json, Kind, lineage } from '@forge-cascade/overlay-sdk/guest';

export class Ancestry {
  ids: string[] = [];
  nodes: Json[] = [];
  places: Map<string, i32> = new Map<string, i32>();
  /** Edges whose ends are both among the nodes. */
  children: i32[] = [];
  parents: i32[] = [];
  relations: string[] = [];
  /** Edges to what is not there: hidden, or cut off. */
  missing: Json[] = [];
  truncated: bool = false;
  /** Why there is none; empty where there is one. */
  fault: string = '';
}

/** Of the input's `lineage`, or of the capsule with its `id`, asked of the host. */
export function ancestryOf(input: Json): Ancestry {
  const given = input.field('lineage');
  if (given !== null && given.kind == Kind.OBJECT) return readAncestry(given);
  const none = new Ancestry();
  const id = input.textOf('id');
  if (id.length == 0) {
    none.fault = 'INVALID';
    return none;
  }
  const down = input.textOf('direction') == 'descendants';
  const depth = <i32>Math.min(1e6, Math.max(0, input.numberOf('depth', 0)));
  const reply = lineage(id, down ? Direction.DESCENDANTS : Direction.ANCESTORS, depth);
  const ok = reply.ok;
  if (ok !== null && ok.kind == Kind.OBJECT) return readAncestry(ok);
  none.fault = reply.refused ? reply.error : 'NOT_FOUND';
  return none;
}

function readAncestry(from: Json): Ancestry {
  const read = new Ancestry();
  read.truncated = from.isTrue('truncated');
  const nodes = from.field('nodes');
  let node: Json | null = nodes === null ? null : nodes.first;
  while (node !== null) {
    const id = node.textOf('id');
    if (id.length > 0 && !read.places.has(id)) {
      read.places.set(id, read.ids.length);
      read.ids.push(id);
      read.nodes.push(node);
    }
    node = node.next;
  }
  const edges = from.field('edges');
  let edge: Json | null = edges === null ? null : edges.first;
  while (edge !== null) {
    const child = edge.textOf('child');
    const parent = edge.textOf('parent');
    if (read.places.has(child) && read.places.has(parent)) {
      read.children.push(read.places.get(child));
      read.parents.push(read.places.get(parent));
      read.relations.push(edge.textOf('relation'));
    } else if (read.places.has(child)) read.missing.push(edge);
    edge = edge.next;
  }
  if (read.ids.length == 0) read.fault = 'NOT_FOUND';
  return read;
}
