/**
 * Keeps the number of segments logarithmic: neighbours of similar size become one. Merging is also what physically
 * drops the postings of removed documents.
 * @module
 */
import { buildGramTable } from './gram-index.js';
import { ByteSink } from './posting-codec.js';
import { encodeSegment, type EncodedSegment, type Segment, type SegmentRange } from './segment.js';

/** As many neighbours of one tier are merged at once; a tier's segments are this much larger than the one's below. */
const MERGE_FACTOR = 8;
/** Segments below this many documents share the lowest tier. */
const SMALLEST_TIER = 256;
/** No merge makes a longer segment, which bounds how long one merge takes. */
const MAX_MERGED_DOCUMENTS = 1 << 16;
/** A segment with a larger share of removed documents is rewritten by itself. */
const MAX_REMOVED_SHARE = 0.2;

/** Neighbouring segments to be rewritten as one, oldest first. */
export interface MergePlan {
  readonly replaces: readonly SegmentRange[];
}

/** When to merge. */
export interface MergeOptions {
  /** Rewrite every segment that still holds postings of removed documents, however few. Default false. */
  readonly purge?: boolean;
}

/** What merge planning knows of a segment. */
export interface SegmentState extends SegmentRange {
  /** Removed documents whose postings are still in it. */
  readonly removed: number;
}

function tierOf(count: number): number {
  let tier = 0;
  for (let size = SMALLEST_TIER; count > size; size *= MERGE_FACTOR) tier++;
  return tier;
}

/** The next merge worth doing, or null. Small ones come first, so that they are not starved by large ones. */
export function planMerge(segments: readonly SegmentState[], options: MergeOptions = {}): MergePlan | null {
  for (const segment of segments) {
    const limit = options.purge === true ? 0 : segment.count * MAX_REMOVED_SHARE;
    if (segment.removed > limit) return { replaces: [rangeOf(segment)] };
  }
  const highest = Math.max(0, ...segments.map((segment) => tierOf(segment.count)));
  for (let tier = 0; tier <= highest; tier++) {
    let run: SegmentState[] = [];
    let documents = 0;
    for (const segment of segments) {
      if (tierOf(segment.count) > tier || documents + segment.count > MAX_MERGED_DOCUMENTS) {
        run = [];
        documents = 0;
        if (tierOf(segment.count) > tier || segment.count > MAX_MERGED_DOCUMENTS) continue;
      }
      run.push(segment);
      documents += segment.count;
      if (run.length === MERGE_FACTOR) return { replaces: run.map(rangeOf) };
    }
  }
  return null;
}

function rangeOf({ first, count }: SegmentRange): SegmentRange {
  return { first, count };
}

/** One segment for neighbours in ordinal order, without the postings and lengths of `removed` documents. */
export function mergeSegments(sources: readonly Segment[], removed: ReadonlySet<number>): EncodedSegment {
  const first = sources[0]?.first ?? 0;
  const count = sources.reduce((sum, source) => sum + source.count, 0);
  const titleLengths = new Uint16Array(count);
  const bodyLengths = new Uint16Array(count);
  for (const source of sources) {
    titleLengths.set(source.titleLengths, source.first - first);
    bodyLengths.set(source.bodyLengths, source.first - first);
  }
  for (const ordinal of removed) {
    if (ordinal < first || ordinal >= first + count) continue;
    titleLengths[ordinal - first] = 0;
    bodyLengths[ordinal - first] = 0;
  }
  const sink = new ByteSink(1 << 16);
  const terms: string[] = [];
  const frequencies: number[] = [];
  const postingEnds: number[] = [];
  const places = sources.map(() => 0);
  for (;;) {
    let next: string | undefined;
    sources.forEach((source, i) => {
      const term = source.terms[places[i] ?? 0];
      if (term !== undefined && (next === undefined || term < next)) next = term;
    });
    if (next === undefined) break;
    const term = next;
    let previous = first - 1;
    let frequency = 0;
    sources.forEach((source, i) => {
      const place = places[i] ?? 0;
      if (source.terms[place] !== term) return;
      places[i] = place + 1;
      source.forEachPosting(place, (ordinal, counts) => {
        if (removed.size > 0 && removed.has(ordinal)) return;
        sink.posting(ordinal - previous, counts);
        previous = ordinal;
        frequency++;
      });
    });
    if (frequency === 0) continue;
    terms.push(term);
    frequencies.push(frequency);
    postingEnds.push(sink.length);
  }
  return encodeSegment({
    first,
    count,
    titleLengths,
    bodyLengths,
    terms,
    frequencies,
    postingEnds,
    postings: sink.bytes(),
    grams: buildGramTable(terms),
  });
}
