/**
 * Search hits and answers from the core to the wire.
 * @module
 */
import type { AskAnswerBody, Immutable, SearchAnswerBody } from '@forge-cascade/api';
import {
  explainHit,
  type AncestorSummary,
  type AskResult,
  type Citation,
  type SearchHit,
  type SearchPage,
} from '@forge-cascade/core';
import { headerBody } from './capsule-body.js';
import { whyNotBody } from './why-not-body.js';

export function searchBody(page: SearchPage, embeddings: SearchAnswerBody['embeddings']): Immutable<SearchAnswerBody> {
  const model = page.semantic?.model ?? null;
  return {
    items: page.items.map((hit) => hitBody(hit, model)),
    next_cursor: page.nextCursor,
    lag: page.lag,
    semantic: page.semantic,
    embeddings,
    ...(page.whyNot === undefined ? {} : { why_not: whyNotBody(page.whyNot) }),
  };
}

function hitBody(hit: SearchHit, model: string | null): Immutable<SearchAnswerBody['items'][number]> {
  return {
    capsule: {
      ...headerBody(hit.capsule),
      ...(hit.content === undefined ? {} : { content: hit.content }),
      ...(hit.metadata === undefined ? {} : { metadata: hit.metadata }),
    },
    score: hit.score,
    passage: { text: hit.passage.text, start: hit.passage.start, end: hit.passage.end },
    ...(hit.explain === undefined
      ? {}
      : { explain: hit.explain, explanation: explainHit({ explain: hit.explain, capsule: hit.capsule }, model) }),
  };
}

export function askBody(result: AskResult): Immutable<AskAnswerBody> {
  return {
    answer: result.answer,
    sentences: result.sentences,
    citations: result.citations.map(citationBody),
    provider: result.provider,
    model: result.model,
    fallback: result.fallback,
    cached: result.cached,
    warnings: result.warnings,
    correlation_id: result.correlationId,
    timing: { total_ms: result.timing.totalMs, phases: result.timing.phases },
  };
}

export function citationBody(citation: Citation): Immutable<AskAnswerBody['citations'][number]> {
  return {
    capsule_id: citation.capsuleId,
    series_id: citation.seriesId,
    version: citation.version,
    title: citation.title,
    quote: citation.quote,
    chain_trust: citation.chainTrust,
    tainted: citation.tainted,
    warned: citation.warned,
    collection: citation.collection,
    position: citation.position,
    lineage: {
      ancestors: citation.lineage.ancestors.map(ancestorBody),
      more: citation.lineage.more,
      weakest: ancestorBody(citation.lineage.weakest),
    },
  };
}

function ancestorBody(ancestor: AncestorSummary) {
  return {
    id: ancestor.id,
    series_id: ancestor.seriesId,
    version: ancestor.version,
    title: ancestor.title,
    trust_level: ancestor.trust,
    depth: ancestor.depth,
  };
}
