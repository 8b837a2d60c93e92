/**
 * Why a search does not show a document: what keeps it out, what it lacks, or how far down it is. Whatever is counted is
 * counted among the documents that the reader's filter lets through.
 * @module
 */
import type { FailedCondition, WhyNot } from '../ports/search-reader.js';
import { queryTerms } from './analyzer.js';
import { explainScore } from './explain-hit.js';
import { failedConditions, type HeldAgainst } from './failed-conditions.js';
import { buildMask } from './filter-mask.js';
import type { LexicalIndex } from './lexical-index.js';
import { meaningChannel, type QueriedVectors } from './meaning-channel.js';
import type { SearchPlace, SearchRanker } from './search-ranker.js';

/** A search, the document that is missed, and what the search's first page was like. */
export interface MissedHit extends HeldAgainst {
  readonly index: LexicalIndex;
  readonly ranker: SearchRanker;
  readonly query: string;
  readonly seen: QueriedVectors | null;
  /** Hits a page has room for, and the score of the last one shown; null when there is none. */
  readonly limit: number;
  readonly lastScore: number | null;
}

/** Null when the reader may not know of the document. */
export function whyNot(missed: MissedHit): WhyNot | null {
  const { columns, ordinal, conditions, header, ranker, query, seen, limit } = missed;
  if (columns.hasFlag(ordinal, 'erased')) return null;
  if (conditions.allowed !== undefined && conditions.allowed[ordinal] !== 1) return null;
  const failed = failedConditions(missed);
  const mask = new Uint8Array(columns.size);
  buildMask(columns, conditions, mask);
  // Let in alone, beside what is let through anyway.
  mask[ordinal] = 1;
  const { asOfSeq } = conditions;
  const filter = {
    includeArchived: true,
    includeRetracted: true,
    allowed: mask,
    ...(asOfSeq === undefined ? {} : { asOfSeq }),
  };
  const channels = seen === null ? [] : [meaningChannel(seen)];
  const place = ranker.place({ query, filter, channels }, ordinal);
  const known = { id: header.id, failed, place };
  const reasons = failed.map(({ text }) => text);
  if (failed.length > 0) {
    return { ...known, verdict: 'kept_out', words: [...reasons, ...besides(missed, mask, place, failed)] };
  }
  if (place === null) return { ...known, verdict: 'no_match', words: [noMatch(missed, mask)] };
  const made = explainScore(place.explain, seen?.model ?? null);
  const shown = place.rank <= limit;
  return { ...known, verdict: shown ? 'shown' : 'further_down', words: [placed(missed, place, shown), ...made] };
}

/** What else can be said of a document that the filter keeps out. */
function besides(
  missed: MissedHit,
  mask: Uint8Array,
  place: SearchPlace | null,
  failed: readonly FailedCondition[],
): string[] {
  if (place !== null) return [`Otherwise it would be number ${place.rank} of ${hits(place.hits)}.`];
  // A version that is not current takes part in no ranking, so that nothing is known of its words.
  const current = !failed.some(({ condition }) => condition === 'newerVersion' || condition === 'asOf');
  return current ? [noMatch(missed, mask)] : [];
}

function placed({ limit, lastScore }: MissedHit, { rank, hits: all, score }: SearchPlace, shown: boolean): string {
  if (shown) return `It is shown: number ${rank} of ${hits(all)}, with a score of ${score.toFixed(3)}.`;
  const page = limit === 1 ? 'the first' : `the first ${limit}`;
  const last = lastScore === null ? '' : `; the last of them scores ${lastScore.toFixed(3)}, it ${score.toFixed(3)}`;
  return `It is a hit: number ${rank} of ${hits(all)}. The page shows ${page}${last}.`;
}

function hits(count: number): string {
  return count === 1 ? '1 hit' : `${count} hits`;
}

function noMatch(missed: MissedHit, mask: Uint8Array): string {
  const { index, ordinal, query } = missed;
  if (ordinal >= index.size) return 'Its words are not searchable yet.';
  const words =
    queryTerms(query).terms.length === 0
      ? 'The query holds no word to look for'
      : 'None of the words looked for occurs in it';
  return `${words}${meaningless(missed, mask)}.`;
}

function meaningless({ seen, ordinal, columns }: MissedHit, mask: Uint8Array): string {
  if (seen === null) return '';
  const { index, query, model, below } = seen;
  if (ordinal >= below || !index.has(ordinal)) return `, and ${model} has not read it yet`;
  const scores = new Float32Array(columns.size);
  index.scoreAll(query, mask, Math.min(columns.size, below), scores);
  const own = scores[ordinal] ?? 0;
  const nearer = scores.reduce((count, score, other) => count + (mask[other] === 1 && score > own ? 1 : 0), 0);
  const others = nearer === 1 ? '1 capsule comes' : `${nearer} capsules come`;
  return `, and ${others} nearer to it in meaning (${model})`;
}
