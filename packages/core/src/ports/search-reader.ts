/**
 * Finding capsules. Filters act inside the ranking: whenever `limit` permitted matches exist, they are returned.
 * @module
 */
import type { CapsuleHeader } from '../capsule/capsule.js';
import type { JsonObject } from '../ledger/json.js';
import type { CapsuleFilter } from './capsule-reader.js';

export interface SearchRequest {
  readonly query: string;
  readonly filter: CapsuleFilter;
  /** 1–100. */
  readonly limit: number;
  readonly cursor: string | null;
  readonly explain: boolean;
  readonly includeContent: boolean;
  /** Default true. Without them passages are empty, and hits cost no look into their content. */
  readonly includePassage?: boolean;
}

/** An exact substring of the content. Offsets are UTF-16 code units. */
export interface Passage {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface SearchHit {
  readonly capsule: CapsuleHeader;
  /** 0–1, comparable within one answer only. */
  readonly score: number;
  readonly passage: Passage;
  /** Channel → contribution to the score; present when asked for. */
  readonly explain?: Readonly<Record<string, number>>;
  /** Present when asked for. */
  readonly content?: string;
  readonly metadata?: JsonObject;
}

export interface SearchPage {
  readonly items: readonly SearchHit[];
  readonly nextCursor: string | null;
  /** Capsules stored but not yet in the index when the answer was made; 0 unless the index is being rebuilt. */
  readonly lag: number;
}

export interface SearchReader {
  search(request: SearchRequest): Promise<SearchPage>;
}
