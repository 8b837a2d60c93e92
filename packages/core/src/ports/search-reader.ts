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
  /** What the query means, to be ranked by beside its words. Absent or null: words alone. */
  readonly vector?: QueryVector | null;
  /** A version id: the answer says why it does not show that capsule. Without a cursor only. */
  readonly whyNot?: string;
}

/** A question as a model reads it. Used only while vectors of that very model serve. */
export interface QueryVector {
  readonly model: string;
  readonly values: Float32Array;
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
  /** The model whose vectors took part and the capsules it has none of yet; null when words alone decided. */
  readonly semantic: { readonly model: string; readonly lag: number } | null;
  /** Present when asked for. */
  readonly whyNot?: WhyNot;
}

/** A condition of the filter that a capsule does not meet. Versions that are not current fail `newerVersion` or `asOf`. */
export interface FailedCondition {
  readonly condition:
    Exclude<keyof CapsuleFilter, 'includeArchived' | 'includeRetracted'> | 'newerVersion' | 'archived' | 'retracted';
  /** A sentence with the value that fails. */
  readonly text: string;
}

/** Why a search shows a capsule or not. Counts are those of what the filter lets through, the capsule itself included. */
export interface WhyNot {
  readonly id: string;
  /** `further_down`: a hit beyond this page. */
  readonly verdict: 'shown' | 'further_down' | 'kept_out' | 'no_match';
  readonly failed: readonly FailedCondition[];
  /** Its place among the hits, or the one it would have if the filter did not keep it out; null when it is none. */
  readonly place: {
    /** From 1. */
    readonly rank: number;
    readonly hits: number;
    /** 0–1, as those of the hits. */
    readonly score: number;
    readonly explain: Readonly<Record<string, number>>;
  } | null;
  /** All of it in sentences. */
  readonly words: readonly string[];
}

export interface SimilarRequest {
  /** A version id; the series it belongs to is never among the answers. */
  readonly id: string;
  readonly filter: CapsuleFilter;
  /** 1–100. */
  readonly limit: number;
  /** Default true. Without them passages are empty, and answers cost no look into their content. */
  readonly includePassage?: boolean;
}

/** A capsule like another one. */
export interface SimilarCapsule {
  readonly capsule: CapsuleHeader;
  /** Cosine of their nearest passages, 0–1; of their words where there are no vectors yet. */
  readonly score: number;
  /** The part of it that comes nearest. */
  readonly passage: Passage;
}

export interface SimilarPage {
  /** Nearest first. */
  readonly items: readonly SimilarCapsule[];
  /** Null when words alone decided. */
  readonly model: string | null;
}

export interface SearchReader {
  /**
   * @throws DomainError INVALID_INPUT for a limit out of range, a time that is none, a cursor that this query did not
   * return or whose model serves no more; CAPSULE_NOT_FOUND for an unknown `whyNot`.
   */
  search(request: SearchRequest): Promise<SearchPage>;
  /**
   * Says that this very search comes in a moment, once its vector is read: what words decide may be made ready
   * meanwhile. Changes no answer and never fails; an engine that gains nothing by it does without.
   */
  anticipate?(request: SearchRequest): void;
}

export interface SimilarReader {
  /** Null when the id is unknown. */
  similar(request: SimilarRequest): Promise<SimilarPage | null>;
}
