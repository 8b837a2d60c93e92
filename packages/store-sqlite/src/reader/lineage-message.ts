/**
 * A lineage as it crosses between threads: one array per property. Thousands of small objects would take longer to
 * clone, or to write out and parse, than to walk.
 * @module
 */
import type { LineageDirection, LineageEdge, LineageGraph, LineageNode } from '@forge-cascade/core/engine';
import { instant } from './capsule-rows.js';

/** Texts put together, and where each of them ends; −1 for null. */
interface TextColumn {
  readonly text: string;
  readonly ends: Int32Array;
}

/** Values that repeat, and which of them stands at each place. */
interface RepeatedColumn<T> {
  readonly values: readonly T[];
  readonly at: Uint32Array;
}

export interface LineageMessage {
  readonly root: string;
  readonly direction: LineageDirection;
  readonly truncated: boolean;
  readonly nodes: {
    readonly seq: Float64Array;
    readonly createdAt: Float64Array;
    readonly depth: Uint32Array;
    readonly trust: Uint8Array;
    readonly chainTrust: Uint8Array;
    readonly flags: Uint8Array;
    readonly id: TextColumn;
    readonly seriesId: TextColumn;
    readonly title: TextColumn;
    readonly version: RepeatedColumn<string>;
    readonly type: RepeatedColumn<LineageNode['type']>;
    readonly collection: RepeatedColumn<string | null>;
    readonly position: RepeatedColumn<number | null>;
  };
  readonly edges: {
    /** Places in the list of nodes. */
    readonly child: Uint32Array;
    readonly parent: Uint32Array;
    readonly relation: RepeatedColumn<LineageEdge['relation']>;
    readonly reason: RepeatedColumn<string | null>;
    readonly changes: RepeatedColumn<readonly string[]>;
  };
}

const FLAG = { isHead: 1, archived: 2, retracted: 4, tainted: 8, warned: 16 } as const;

/** What a walk found, before it is put into columns. */
export interface WalkedNode extends Omit<LineageNode, 'createdAt'> {
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** `child` and `parent` are places in the list of nodes. */
export interface WalkedEdge extends Omit<LineageEdge, 'child' | 'parent' | 'timestamp'> {
  readonly child: number;
  readonly parent: number;
}

export interface Walked extends Omit<LineageGraph, 'nodes' | 'edges'> {
  readonly nodes: readonly WalkedNode[];
  readonly edges: readonly WalkedEdge[];
}

export function encodeLineage({ root, direction, truncated, nodes, edges }: Walked): LineageMessage {
  return { root, direction, truncated, nodes: encodeNodes(nodes), edges: encodeEdges(edges) };
}

function encodeNodes(nodes: readonly WalkedNode[]): LineageMessage['nodes'] {
  const count = nodes.length;
  const seq = new Float64Array(count);
  const createdAt = new Float64Array(count);
  const depth = new Uint32Array(count);
  const trust = new Uint8Array(count);
  const chainTrust = new Uint8Array(count);
  const flags = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const node = nodes[i]!;
    seq[i] = node.seq;
    createdAt[i] = node.createdAt;
    depth[i] = node.depth;
    trust[i] = node.trust;
    chainTrust[i] = node.chainTrust;
    flags[i] =
      (node.isHead ? FLAG.isHead : 0) |
      (node.archived ? FLAG.archived : 0) |
      (node.retracted ? FLAG.retracted : 0) |
      (node.tainted ? FLAG.tainted : 0) |
      (node.warned ? FLAG.warned : 0);
  }
  return {
    seq,
    createdAt,
    depth,
    trust,
    chainTrust,
    flags,
    id: textColumn(nodes, ({ id }) => id),
    seriesId: textColumn(nodes, ({ seriesId }) => seriesId),
    title: textColumn(nodes, ({ title }) => title),
    version: repeatedColumn(nodes, ({ version }) => version),
    type: repeatedColumn(nodes, ({ type }) => type),
    collection: repeatedColumn(nodes, ({ collection }) => collection),
    position: repeatedColumn(nodes, ({ position }) => position),
  };
}

function encodeEdges(edges: readonly WalkedEdge[]): LineageMessage['edges'] {
  const child = new Uint32Array(edges.length);
  const parent = new Uint32Array(edges.length);
  for (let i = 0; i < edges.length; i++) {
    child[i] = edges[i]!.child;
    parent[i] = edges[i]!.parent;
  }
  return {
    child,
    parent,
    relation: repeatedColumn(edges, ({ relation }) => relation),
    reason: repeatedColumn(edges, ({ reason }) => reason),
    changes: repeatedColumn(edges, ({ changes }) => changes),
  };
}

export function decodeLineage(message: LineageMessage): LineageGraph {
  const { root, direction, truncated } = message;
  const nodes = decodeNodes(message.nodes);
  return { root, direction, nodes, edges: decodeEdges(message.edges, nodes), truncated };
}

function decodeNodes(columns: LineageMessage['nodes']): LineageNode[] {
  const { flags, version, type, collection, position } = columns;
  const ids = texts(columns.id);
  const seriesIds = texts(columns.seriesId);
  const titles = texts(columns.title);
  // Capsules of one commit share their time, and writing one out is the slowest part of a node.
  const instants = new Map<number, string>();
  return ids.map((id, i): LineageNode => {
    const at = columns.createdAt[i]!;
    let createdAt = instants.get(at);
    if (createdAt === undefined) instants.set(at, (createdAt = instant(at)));
    const flag = flags[i]!;
    return {
      seq: columns.seq[i]!,
      id: id!,
      seriesId: seriesIds[i]!,
      version: version.values[version.at[i]!]!,
      type: type.values[type.at[i]!]!,
      title: titles[i]!,
      collection: collection.values[collection.at[i]!]!,
      position: position.values[position.at[i]!]!,
      isHead: (flag & FLAG.isHead) !== 0,
      archived: (flag & FLAG.archived) !== 0,
      createdAt,
      trust: columns.trust[i]!,
      retracted: (flag & FLAG.retracted) !== 0,
      chainTrust: columns.chainTrust[i]!,
      tainted: (flag & FLAG.tainted) !== 0,
      warned: (flag & FLAG.warned) !== 0,
      depth: columns.depth[i]!,
    };
  });
}

function decodeEdges(columns: LineageMessage['edges'], nodes: readonly LineageNode[]): LineageEdge[] {
  const { relation, reason, changes } = columns;
  const edges = new Array<LineageEdge>(columns.child.length);
  for (let i = 0; i < edges.length; i++) {
    const child = nodes[columns.child[i]!]!;
    edges[i] = {
      child: child.id,
      parent: nodes[columns.parent[i]!]!.id,
      relation: relation.values[relation.at[i]!]!,
      reason: reason.values[reason.at[i]!]!,
      timestamp: child.createdAt,
      changes: changes.values[changes.at[i]!]!,
    };
  }
  return edges;
}

function textColumn<R>(rows: readonly R[], valueOf: (row: R) => string | null): TextColumn {
  const ends = new Int32Array(rows.length);
  const parts: string[] = [];
  let end = 0;
  for (let i = 0; i < rows.length; i++) {
    const value = valueOf(rows[i]!);
    if (value !== null) parts.push(value);
    ends[i] = value === null ? -1 : (end += value.length);
  }
  return { text: parts.join(''), ends };
}

function texts({ text, ends }: TextColumn): (string | null)[] {
  const values = new Array<string | null>(ends.length);
  let start = 0;
  for (let i = 0; i < values.length; i++) {
    const end = ends[i]!;
    values[i] = end < 0 ? null : text.slice(start, end);
    if (end >= 0) start = end;
  }
  return values;
}

function repeatedColumn<R, T>(rows: readonly R[], valueOf: (row: R) => T): RepeatedColumn<T> {
  const places = new Map<T, number>();
  const at = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const value = valueOf(rows[i]!);
    let place = places.get(value);
    if (place === undefined) places.set(value, (place = places.size));
    at[i] = place;
  }
  return { values: [...places.keys()], at };
}
