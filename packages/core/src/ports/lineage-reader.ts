/**
 * Walking the lineage, to any depth, over any number of parents.
 * @module
 */
import type { CapsuleType } from '../capsule/capsule.js';
import type { Relation } from '../lineage/relation.js';
import type { OwnStanding, Standing } from '../trust/standing.js';

export type LineageDirection = 'ancestors' | 'descendants';

export interface LineageNode extends OwnStanding, Standing {
  readonly seq: number;
  readonly id: string;
  readonly seriesId: string;
  readonly version: string;
  readonly type: CapsuleType;
  readonly title: string | null;
  readonly collection: string | null;
  readonly position: number | null;
  readonly isHead: boolean;
  readonly archived: boolean;
  readonly createdAt: string;
  /** Fewest edges from the root. */
  readonly depth: number;
}

export interface LineageEdge {
  readonly child: string;
  readonly parent: string;
  readonly relation: Relation;
  readonly reason: string | null;
  /** RFC 3339. */
  readonly timestamp: string;
  /** Names of the fields that a new version changed. */
  readonly changes: readonly string[];
}

export interface LineageGraph {
  readonly root: string;
  readonly direction: LineageDirection;
  /** By depth, then seq; the root comes first. */
  readonly nodes: readonly LineageNode[];
  /** Edges between the nodes given, by child seq, then in the order they were declared. */
  readonly edges: readonly LineageEdge[];
  /** True when `depth` cut the walk short. */
  readonly truncated: boolean;
}

export interface LineageReader {
  /** Null when `id` (a version id) is unknown. `depth` null walks to the end. */
  lineage(id: string, direction: LineageDirection, depth: number | null): Promise<LineageGraph | null>;
}
