/** Pointing out what says nearly the same already: never a reason to refuse anything. @module */
import type { CapsuleFilter, CapsuleReader } from '../ports/capsule-reader.js';
import type { SimilarReader } from '../ports/search-reader.js';
import { isQuarantined } from '../trust/trust-level.js';
import type { CapsuleRecord } from './capsule.js';
import { resemblance } from './resemblance.js';

export const MAX_NEAR_DUPLICATES = 5;

/** Capsules whose contents are compared: the likest ones, by meaning or by words. */
const CANDIDATES = 8;
/** UTF-16 units compared in all: with very long texts the first candidates must do. */
const COMPARED_UNITS = 1_000_000;

/** From this share on two texts are near-duplicates. */
const LEAST_SHARED = 0.6;
/** So they are when this much of one, if it is not just a phrase, stands in the other. */
const LEAST_CONTAINED = 0.8;
const MORE_THAN_A_PHRASE = 20;

export interface NearDuplicate {
  readonly id: string;
  readonly seriesId: string;
  readonly title: string | null;
  readonly collection: string | null;
  /** Of the runs of three words that either has, the share that both have; 1 only for the same words in the same order. */
  readonly resemblance: number;
  /** The share of the new capsule's words that stand in this one. */
  readonly inThis: number;
  /** The share of this one's words that stand in the new capsule. */
  readonly inNew: number;
  /** How many parts of its collection were found to stand in the new capsule; the likest one is named for all. */
  readonly parts: number;
}

/**
 * The heads of other series whose content is nearly that of `capsule`, the likest first, at most five. `visible` is what
 * the reader may see; what is archived, retracted or quarantined is never pointed at.
 */
export async function findNearDuplicates(
  reader: CapsuleReader & SimilarReader,
  capsule: CapsuleRecord,
  visible: Omit<CapsuleFilter, 'asOf' | 'includeArchived' | 'includeRetracted'>,
): Promise<readonly NearDuplicate[]> {
  const request = { id: capsule.id, filter: visible, limit: CANDIDATES, includePassage: false };
  const page = await reader.similar(request);
  const ids = (page?.items ?? []).map((item) => item.capsule.id);
  if (ids.length === 0) return [];
  const found: Found[] = [];
  let left = COMPARED_UNITS;
  for (const other of await reader.capsules(ids)) {
    // Read after the search: it may have been replaced or withdrawn in between.
    if (other === null || !isPointedAt(other) || left <= 0) continue;
    left -= capsule.content.length + other.content.length;
    const { id, seriesId, title, collection, position } = other;
    const like = likenessOf(capsule.content, other.content);
    if (like === null) continue;
    const near: NearDuplicate = { ...{ id, seriesId, title, collection, parts: 1 }, ...like };
    found.push({ near, isPart: position !== null && like.inNew >= LEAST_CONTAINED && like.inThis < LEAST_CONTAINED });
  }
  found.sort((a, b) => nearness(b.near) - nearness(a.near) || b.near.resemblance - a.near.resemblance);
  return onePerDocument(found).slice(0, MAX_NEAR_DUPLICATES);
}

interface Found {
  readonly near: NearDuplicate;
  /** It is a place of its collection and only a part of the new capsule, as the sections of a document are. */
  readonly isPart: boolean;
}

/** Sections of one document say one thing: that the document is in the new capsule. */
function onePerDocument(found: readonly Found[]): readonly NearDuplicate[] {
  const partsOf = (collection: string | null): number =>
    found.filter(({ near, isPart }) => isPart && near.collection === collection).length;
  const named = new Set<string | null>();
  return found.flatMap(({ near, isPart }) => {
    if (!isPart) return [near];
    if (named.has(near.collection)) return [];
    named.add(near.collection);
    return [{ ...near, parts: partsOf(near.collection) }];
  });
}

function nearness({ resemblance: alike, inThis, inNew }: NearDuplicate): number {
  return Math.max(alike, inThis, inNew);
}

function isPointedAt({ isHead, archived, retracted, trust }: CapsuleRecord): boolean {
  return isHead && !archived && !retracted && !isQuarantined(trust);
}

/** Null for texts that are no near-duplicates. */
function likenessOf(made: string, other: string): Pick<NearDuplicate, 'resemblance' | 'inThis' | 'inNew'> | null {
  const { jaccard, containment, ofFirst, ofSecond, runs } = resemblance(made, other);
  const contained = containment >= LEAST_CONTAINED && runs >= MORE_THAN_A_PHRASE;
  return contained || jaccard >= LEAST_SHARED ? { resemblance: jaccard, inThis: ofFirst, inNew: ofSecond } : null;
}
