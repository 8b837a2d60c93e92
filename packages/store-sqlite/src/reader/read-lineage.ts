/**
 * Walking the lineage breadth first, so that every capsule gets its least depth and is visited once, however many paths
 * lead to it.
 * @module
 */
import type { LineageDirection } from '@forge-cascade/core/engine';
import type { Database, Statement } from '../driver.js';
import { LineageCache, type KnownCapsule } from './lineage-cache.js';
import type { Walked, WalkedEdge, WalkedNode } from './lineage-message.js';
import type { TrustBounds } from './trust-bounds.js';

export class LineageRows {
  readonly #seqOf: Statement;
  readonly #cache: LineageCache;

  constructor(
    db: Database,
    private readonly bounds: TrustBounds,
    mostKnown?: number,
  ) {
    this.#seqOf = db.prepare('SELECT seq FROM capsule WHERE id = ?');
    this.#cache = new LineageCache(db, mostKnown);
  }

  /** Null when `id` is unknown. */
  graph(id: string, direction: LineageDirection, depth: number | null): Walked | null {
    const root = this.#seqOf.get(id);
    if (root === undefined) return null;
    const start = Number(root['seq']);
    this.#cache.follow();
    if (depth === null) this.#cache.prepare(start, direction);
    const { capsules, depths, truncated } = this.#walk(start, direction, depth ?? Infinity);
    const nodes = capsules.map((capsule, place) => this.#node(capsule, depths[place] as number));
    return { root: id, direction, nodes, edges: edgesBetween(capsules), truncated };
  }

  /** By depth, then place in the ledger. */
  #walk(
    root: number,
    direction: LineageDirection,
    limit: number,
  ): { readonly capsules: readonly KnownCapsule[]; readonly depths: readonly number[]; readonly truncated: boolean } {
    const seen = new Set([root]);
    const capsules: KnownCapsule[] = [];
    const depths: number[] = [];
    let level: readonly number[] = [root];
    for (let depth = 0; level.length > 0; depth++) {
      if (depth > limit) return { capsules, depths, truncated: true };
      const met = this.#cache.capsules(level);
      for (const capsule of met) {
        capsules.push(capsule);
        depths.push(depth);
      }
      const next: number[] = [];
      const meet = (seq: number): void => {
        if (seen.has(seq)) return;
        seen.add(seq);
        next.push(seq);
      };
      if (direction === 'ancestors') for (const { parents } of met) for (const { parent } of parents) meet(parent);
      else for (const children of this.#cache.children(level)) for (const child of children) meet(child);
      level = next.sort((a, b) => a - b);
    }
    return { capsules, depths, truncated: false };
  }

  #node(capsule: KnownCapsule, depth: number): WalkedNode {
    const { chainTrust, tainted } = this.bounds.apply(capsule.seq, capsule.chainTrust, capsule.tainted);
    return {
      seq: capsule.seq,
      id: capsule.id,
      seriesId: capsule.seriesId,
      version: capsule.version,
      type: capsule.type,
      title: capsule.title,
      collection: capsule.collection,
      position: capsule.position,
      isHead: capsule.head,
      archived: capsule.archived,
      createdAt: capsule.createdAt,
      trust: capsule.trust,
      retracted: capsule.retracted,
      chainTrust,
      tainted,
      warned: capsule.warned,
      depth,
    };
  }
}

/** Edges both of whose ends are shown, by the child's place in the ledger. */
function edgesBetween(capsules: readonly KnownCapsule[]): WalkedEdge[] {
  const places = new Map(capsules.map(({ seq }, place) => [seq, place]));
  const bySeq = capsules.map((capsule, place) => ({ capsule, place })).sort((a, b) => a.capsule.seq - b.capsule.seq);
  const edges: WalkedEdge[] = [];
  for (const { capsule, place } of bySeq) {
    for (const { parent, relation, reason, changes } of capsule.parents) {
      const above = places.get(parent);
      if (above !== undefined) edges.push({ child: place, parent: above, relation, reason, changes });
    }
  }
  return edges;
}
