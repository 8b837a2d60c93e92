export {
  analyze,
  isStopTerm,
  queryTerms,
  ANALYZER_VERSION,
  MAX_TERM_LENGTH,
  type AnalyzeOptions,
  type QueryTerm,
  type QueryTerms,
} from './analyzer.js';
export { STOP_WORDS } from './stop-words.js';
export { BM25F, inverseDocumentFrequency, type CorpusStatistics } from './bm25f.js';
export { LexicalIndex, type LexicalParts, type LexicalQuery, type MergedSegment } from './lexical-index.js';
export type { IndexedText } from './mutable-segment.js';
export type { MergeOptions, MergePlan } from './segment-merge.js';
export {
  SegmentFormatError,
  SEGMENT_FORMAT_VERSION,
  type EncodedSegment,
  type SegmentRange,
  type SegmentRefusal,
} from './segment.js';
export { topK, type RankPosition } from './top-k.js';
export { DocColumns, DOC_FLAG, type ArchiveSpan, type DocFacts, type DocFlag } from './doc-columns.js';
export { buildMask, type SearchFilter } from './filter-mask.js';
export {
  lendContext,
  COLLECTION_HALF_SHARE,
  NEIGHBOUR_HALF_LENGTH,
  CONTEXT_WEIGHTS,
  type Surroundings,
} from './context-score.js';
export {
  SearchRanker,
  CHANNEL_WEIGHTS,
  type SearchCursor,
  type SearchExplanation,
  type SearchHit as RankedHit,
  type SearchPlace,
  type SearchPage as RankedPage,
  type SearchRequest as RankRequest,
} from './search-ranker.js';
export { DENSE_HITS, type ScoreChannel } from './score-channel.js';
export { splitSentences, type TextSpan } from './sentences.js';
export { bestPassage, summary, type PassageOptions } from './passage.js';
export { explainHit, explainScore, explainStanding } from './explain-hit.js';
export { maskConditions } from './asked-search.js';
export { MEANING_WEIGHT, meaningChannel, type QueriedVectors, type ServedVectors } from './meaning-channel.js';
export { StoreSearch, type RankedSearch, type SearchRows } from './store-search.js';
export { failedConditions, type HeldAgainst } from './failed-conditions.js';
export { whyNot, type MissedHit } from './why-not.js';
export { tellingTerms } from './telling-terms.js';
export { VectorIndex, VECTOR_BLOB_VERSION, type NearestPassage, type NearestRequest } from './vectors/index.js';
