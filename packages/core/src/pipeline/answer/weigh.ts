/**
 * How well a sentence answers one part of a question.
 * @module
 */
import { analyze } from '../../search/analyzer.js';
import { goesBy, type Candidate } from './candidates.js';
import { cueOf } from './cues.js';
import type { Label } from './labels.js';
import type { QuestionPart } from './question.js';

/** What one match is worth by where it is. */
const IN_SENTENCE = 1;
const IN_HEADING = 0.55;
/** A document that goes by the name speaks of itself in every sentence. */
const BY_NAME = 0.75;

/** A named thing outweighs a word: it is what the question is about. */
const LABEL_WEIGHT = 1.6;

const WEIGHTS = { cover: 1, cue: 0.45, hit: 0.15, passage: 0.08, lead: 0.08 };

/** Rarity of terms among the sentences at hand. */
export class Rarity {
  readonly #counts = new Map<string, number>();
  readonly #sentences: number;

  constructor(candidates: readonly Candidate[], terms: readonly string[]) {
    for (const term of terms) {
      let count = 0;
      for (const candidate of candidates) if (candidate.terms.has(term)) count++;
      this.#counts.set(term, count);
    }
    this.#sentences = candidates.length;
  }

  /** 0.5 or more; highest for a term that no sentence has. */
  of(term: string): number {
    const count = this.#counts.get(term) ?? 0;
    return 0.5 + Math.log(1 + (this.#sentences - count + 0.5) / (count + 0.5));
  }
}

/** One part of a question with the weight of each thing to be covered. */
export interface WeighedPart {
  readonly part: QuestionPart;
  readonly terms: readonly (readonly [string, number])[];
  readonly labels: readonly (readonly [Label, number])[];
  readonly total: number;
}

export function weighPart(part: QuestionPart, rarity: Rarity): WeighedPart {
  const inLabels = new Set(part.labels.flatMap((label) => analyze(label, { stopWords: 'keep' })));
  const terms = part.terms.filter((term) => !inLabels.has(term)).map((term) => [term, rarity.of(term)] as const);
  const heaviest = Math.max(1, ...terms.map(([, weight]) => weight));
  const labels = part.labels.map((label) => [label, heaviest * LABEL_WEIGHT] as const);
  const total = [...terms, ...labels].reduce((sum, [, weight]) => sum + weight, 0);
  return { part, terms, labels, total };
}

/** Share (0–1) of a part's meaning that a sentence covers, by itself and by where it stands. */
export function coverOf({ terms, labels, total }: WeighedPart, candidate: Candidate): number {
  if (total === 0) return 0;
  let covered = 0;
  for (const [term, weight] of terms) {
    if (candidate.terms.has(term)) covered += weight * IN_SENTENCE;
    else if (candidate.headingTerms.has(term)) covered += weight * IN_HEADING;
  }
  for (const [label, weight] of labels) {
    if (candidate.labels.has(label)) covered += weight * IN_SENTENCE;
    else if (goesBy(candidate, label)) covered += weight * BY_NAME;
  }
  return covered / total;
}

export interface Weighed {
  readonly candidate: Candidate;
  readonly cover: number;
  readonly score: number;
}

export function weigh(part: WeighedPart, candidate: Candidate): Weighed {
  const cover = coverOf(part, candidate);
  const cue = cueOf(part.part, candidate.text, candidate.heading);
  const score =
    WEIGHTS.cover * cover +
    // A sentence that sounds like an answer is worth little when it is about something else.
    WEIGHTS.cue * cue * Math.min(1, cover * 2) +
    WEIGHTS.hit * candidate.source.score +
    (candidate.inPassage ? WEIGHTS.passage : 0) +
    WEIGHTS.lead / (1 + candidate.order / 4) -
    awkwardness(candidate);
  return { candidate, cover, score };
}

/** Sentences that read badly out of place. */
function awkwardness({ text, kind, terms }: Candidate): number {
  let penalty = 0;
  if (kind === 'field') penalty += 0.1;
  else if (!/[.!?…:;"”')\]]$/u.test(text)) penalty += 0.15;
  if (text.endsWith('?')) penalty += 0.25;
  if (terms.size < 4) penalty += 0.12;
  if (text.length > 400) penalty += 0.15;
  if (/^(?:however|but|and|so|thus|therefore|moreover|also|then|he|she|they|these|those)\b/iu.test(text))
    penalty += 0.05;
  if (!/^[\p{Lu}\p{N}"“'`(:*[]/u.test(text)) penalty += 0.1;
  return penalty;
}
