/**
 * How well a sentence answers one part of a question.
 * @module
 */
import { analyze } from '../../search/analyzer.js';
import { goesBy, type Candidate } from './candidates.js';
import { conceptOf, isAct } from './concepts.js';
import { cueOf } from './cues.js';
import { namesOf, type Label } from './labels.js';
import type { QuestionPart } from './question.js';
import { sameWordAs } from './same-word.js';
import { isStatusWord, STATUS_FIELD } from './standing.js';
import { answeredByTopic } from './topics.js';

/** What one match is worth by where it is. */
const IN_SENTENCE = 1;
const IN_HEADING = 0.5;
const NEARBY = 0.4;
/** What stands under a heading that names what is asked and nothing else. */
const IN_TOPIC = 0.9;
/** A word of the same concept, such as `adopted` for `accepted`. */
const IN_CONCEPT = 0.7;
/** A header field speaks of the document as a whole. */
const IN_HEADING_OF_FIELD = 0.9;
/** What a named document says of itself outweighs what others say of it, and that what it says of anything else. */
const OF_ITSELF = 1;
const BY_OTHERS = 0.7;
const IN_ITS_TEXT = 0.6;

/** A named thing outweighs a word: it is what the question is about. */
const LABEL_WEIGHT = 1.6;

/** What was done to a thing (added, chosen, …) says less than what thing it was, however rare the word. */
const OF_ACTS = 0.5;

const WEIGHTS = { cover: 1, cue: 0.45, hit: 0.25, passage: 0.08, lead: 0.08, opening: 0.3 };

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
  /** The stems of `terms`. */
  readonly asked: ReadonlySet<string>;
  readonly labels: readonly (readonly [Label, number])[];
  readonly total: number;
}

export function weighPart(part: QuestionPart, rarity: Rarity): WeighedPart {
  const inLabels = new Set(part.labels.flatMap((label) => analyze(label, { stopWords: 'keep' })));
  const terms = part.terms
    .filter((term) => !inLabels.has(term))
    .map((term) => [term, rarity.of(term) * (isAct(term) ? OF_ACTS : 1)] as const);
  const heaviest = Math.max(1, ...terms.map(([, weight]) => weight));
  const labels = part.labels.map((label) => [label, heaviest * LABEL_WEIGHT] as const);
  const total = [...terms, ...labels].reduce((sum, [, weight]) => sum + weight, 0);
  return { part, terms, asked: new Set(terms.map(([term]) => term)), labels, total };
}

/** Share (0–1) of a part's meaning that a sentence covers, by itself and by where it stands. */
export function coverOf({ part, terms, asked, labels, total }: WeighedPart, candidate: Candidate): number {
  if (total === 0) return 0;
  let covered = 0;
  const named = labels.some(([label]) => goesBy(candidate, label));
  const inTopic = answeredByTopic(asked, candidate.topics);
  const inHeading = candidate.kind === 'field' ? IN_HEADING_OF_FIELD : IN_HEADING;
  // `Status: Deferred` says of every word for it whether it holds.
  const tellsStatus = part.kind === 'status' && candidate.kind === 'field' && STATUS_FIELD.test(candidate.text);
  for (const [term, weight] of terms) {
    if (says(candidate, term) || (tellsStatus && isStatusWord(term))) covered += weight * IN_SENTENCE;
    else if (inTopic.has(term)) covered += weight * IN_TOPIC;
    else if (hasAny(candidate.terms, conceptOf(term))) covered += weight * IN_CONCEPT;
    else if (candidate.headingTerms.has(term)) covered += weight * inHeading;
    else if (candidate.nearTerms.some((near) => near.has(term))) covered += weight * NEARBY;
  }
  for (const [label, weight] of labels) {
    const mentioned = candidate.labels.has(label);
    if (!goesBy(candidate, label)) covered += mentioned ? weight * (named ? OF_ITSELF : BY_OTHERS) : 0;
    else
      covered +=
        weight * (mentioned || candidate.kind === 'field' || speaksOfItself(candidate) ? OF_ITSELF : IN_ITS_TEXT);
  }
  return covered / total;
}

/** The word itself, in whatever form. */
function says({ terms }: Candidate, term: string): boolean {
  return terms.has(term) || hasAny(terms, sameWordAs(term));
}

/** Things a question must name for a sentence that says all of them to bear on it, however it sounds. */
const FEWEST_NAMED = 2;

/**
 * True for a sentence that says everything a part names, some of it perhaps by its topic: a subject and what is said of
 * it. It bears on the question though it sounds like no answer of the kind asked for.
 */
export function saysAll({ terms, asked, labels }: WeighedPart, candidate: Candidate): boolean {
  if (terms.length + labels.length < FEWEST_NAMED) return false;
  const inTopic = answeredByTopic(asked, candidate.topics);
  return (
    terms.some(([term]) => says(candidate, term)) &&
    terms.every(([term]) => says(candidate, term) || inTopic.has(term)) &&
    labels.every(([label]) => candidate.labels.has(label) || goesBy(candidate, label))
  );
}

export interface Weighed {
  readonly candidate: Candidate;
  readonly cover: number;
  /** 0–1: how much it sounds like the kind of answer asked for. */
  readonly cue: number;
  readonly score: number;
}

/** @param cover as {@link coverOf} gives it */
export function weigh(part: WeighedPart, candidate: Candidate, cover: number): Weighed {
  const opens = opensFor(part.part, candidate);
  const cue = isWrongWay(part, candidate)
    ? 0
    : Math.max(cueOf(part.part, candidate), opens, namesWanted(part.part, candidate));
  const score =
    WEIGHTS.cover * cover +
    // A sentence that sounds like an answer is worth little when it is about something else.
    WEIGHTS.cue * cue * Math.min(1, cover * 1.25) +
    WEIGHTS.hit * candidate.source.score +
    (candidate.inPassage ? WEIGHTS.passage : 0) +
    (part.part.terms.every(isAct) ? WEIGHTS.opening * opens : 0) +
    WEIGHTS.lead / (1 + candidate.order / 4) -
    awkwardness(candidate);
  return { candidate, cover, cue, score };
}

const ITSELF =
  /\b(?:this|the present) (?:pep|adr|rfc|proposal|document|decision|specification|record|report|policy|page|standard|note|paper|memo|draft)\b|^this is an? (?:\w+ )?(?:proposal|specification|record|description|guide)\b/iu;

function speaksOfItself({ text }: Candidate): boolean {
  return ITSELF.test(text);
}

/** `Replaces: 314` in PEP 345 does not say what replaced PEP 345; `Superseded-By: 566` in it does, and `Replaces: 345` elsewhere. */
function isWrongWay({ part, labels }: WeighedPart, candidate: Candidate): boolean {
  if (part.kind !== 'replacement' || candidate.kind !== 'field' || labels.length === 0) return false;
  const own = labels.some(([label]) => goesBy(candidate, label));
  const comesAfter = /^[\w-]+-by\s*:/iu.test(candidate.text) === own;
  return comesAfter === part.backwards;
}

const NAMED_WANTED = 0.7;
const IS_WANTED = 0.4;

/** `Which PEP …`: a sentence that names one, or one of its own sentences. */
function namesWanted({ wants }: QuestionPart, { labels, source }: Candidate): number {
  if (wants === null) return 0;
  const fits = (label: Label): boolean => label.startsWith(`${wants} `);
  if ([...labels].some(fits)) return NAMED_WANTED;
  return [...namesOf(source.capsule)].some(fits) ? IS_WANTED : 0;
}

/** A document's own statement of what it is answers a question after just that. */
function opensFor({ kind, labels }: QuestionPart, candidate: Candidate): number {
  if (kind !== 'definition' || !labels.some((label) => goesBy(candidate, label))) return 0;
  return Math.min(1, openness(candidate) / 3);
}

const OPENING_VERB =
  /\b(?:proposes?|describes?|adds|introduces?|defines?|specif(?:y|ies)|provides?|documents|gives|standardi[sz]es|is an? (?:\w+ )?(?:proposal|specification|description|guide|standard|policy|record))\b/iu;
const OPENING_HEADING = /\b(?:abstract|introduction|summary|overview)\b/iu;

/** 0–3.5: how much a sentence sounds like the one by which a document says what it is. */
export function openness({ text, heading, order, kind }: Candidate): number {
  if (kind === 'field') return 0;
  return (
    (OPENING_VERB.test(text) ? 1 : 0) +
    (/\bthis\b/iu.test(text) ? 0.5 : 0) +
    (OPENING_HEADING.test(heading) ? 1 : 0) +
    1 / (1 + order)
  );
}

function hasAny(terms: ReadonlySet<string>, wanted: readonly string[]): boolean {
  return wanted.some((term) => terms.has(term));
}

/** Sentences that read badly out of place. */
function awkwardness({ text, kind, terms }: Candidate): number {
  if (kind === 'field') return 0.1;
  let penalty = 0;
  if (!/[.!?…:;"”')\]]$/u.test(text)) penalty += 0.15;
  if (text.endsWith('?')) penalty += 0.25;
  if (text.startsWith('(')) penalty += 0.1;
  if (terms.size < 4) penalty += 0.12;
  if (text.length > 300) penalty += 0.1;
  if (text.length > 450) penalty += 0.1;
  if (text.includes('://')) penalty += 0.15;
  if (/^(?:however|but|and|so|thus|therefore|moreover|also|then|he|she|they|these|those)\b/iu.test(text))
    penalty += 0.05;
  if (!/^[\p{Lu}\p{N}"“'`(:*[]/u.test(text)) penalty += 0.1;
  return penalty;
}
