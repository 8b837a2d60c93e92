/**
 * Chooses the sentences of an answer: the best for each part of the question, little that was said already.
 * @module
 */
import { goesBy, type Candidate } from './candidates.js';
import { pointsElsewhere } from './cues.js';
import type { Label } from './labels.js';
import type { QuestionKind } from './question.js';
import { sameWordAs } from './same-word.js';
import { answeredByTopic } from './topics.js';
import { coverOf, saysAll, weigh, type Weighed, type WeighedPart } from './weigh.js';

export interface Choice extends Weighed {
  /** Index of the part it answers. */
  readonly part: number;
}

/**
 * Least share of a part's meaning that a quoted sentence and its headings must cover, by the number of things asked
 * for: of two, half is the wrong half too often; of ten, nobody says all in one sentence.
 */
const LEAST_COVER = [0, 0.6, 0.75, 0.5, 0.42, 0.36] as const;
const LEAST_COVER_OF_MANY = 0.3;
/** One named thing decides what a question is about, whatever words stand beside it. */
const LEAST_COVER_OF_NAMED = 0.45;
/** Least share that the capsule as a whole must cover. */
const LEAST_SOURCE_COVER = 0.55;
/** A further sentence must come this close to the best of its part. */
const NEAR_BEST = 0.75;
/** Where the best sounds like an answer this much, the others must come near it in that too. */
const CLEAR_CUE = 0.5;
const NEAR_CUE = 0.45;
/** Kinds whose answer is a fact that a sentence states or does not. */
const FACTUAL: ReadonlySet<QuestionKind> = new Set(['time', 'person', 'quantity', 'replacement']);
/**
 * Of those, the ones whose question still says what happened once its own words are gone. Who replaced or wrote a thing
 * is said by words that are not among the terms: a sentence that has all others says nothing of it.
 */
const SAYABLE: ReadonlySet<QuestionKind> = new Set(['time', 'person', 'quantity']);
const SAME_THING = 0.6;
const REPETITION = 0.55;
const SAME_SOURCE = 0.06;
const SAME_DOCUMENT = 0.03;

/**
 * Candidates for one part, best first, without those whose capsule is about something else. Where a fact is asked for
 * and none sounds like it, those that say all the question names stand in: facts are put in more ways than cues know.
 */
export function rank(part: WeighedPart, candidates: readonly Candidate[]): readonly Weighed[] {
  const covered = sourceCover(part, candidates);
  const usual = LEAST_COVER[part.terms.length + part.labels.length] ?? LEAST_COVER_OF_MANY;
  const least = part.labels.length === 1 ? Math.min(usual, LEAST_COVER_OF_NAMED) : usual;
  const bearing = candidates
    .filter((candidate) => (covered.get(candidate.source.capsule.id) ?? 0) >= LEAST_SOURCE_COVER)
    .flatMap((candidate) => {
      const cover = coverOf(part, candidate);
      return cover >= least ? [weigh(part, candidate, cover)] : [];
    })
    .filter(({ candidate, cue }) => cue > 0 || candidate.kind !== 'field');
  const factual = FACTUAL.has(part.part.kind);
  const cued = factual ? bearing.filter(({ cue }) => cue > 0) : bearing;
  return (cued.length > 0 ? cued : standIns(part, bearing)).toSorted(
    (a, b) => b.score - a.score || byPlace(a.candidate, b.candidate),
  );
}

function standIns(part: WeighedPart, bearing: readonly Weighed[]): readonly Weighed[] {
  if (!SAYABLE.has(part.part.kind) || part.part.authorship) return [];
  return bearing.filter(({ candidate }) => saysAll(part, candidate));
}

/** Share of a part's meaning found anywhere in each capsule. */
function sourceCover(part: WeighedPart, candidates: readonly Candidate[]): ReadonlyMap<string, number> {
  const found = new Map<string, Set<string>>();
  for (const candidate of candidates) {
    const id = candidate.source.capsule.id;
    let seen = found.get(id);
    if (seen === undefined) found.set(id, (seen = new Set()));
    for (const [term] of part.terms) {
      if (candidate.terms.has(term) || candidate.headingTerms.has(term)) seen.add(term);
      else if (sameWordAs(term).some((form) => candidate.terms.has(form) || candidate.headingTerms.has(form)))
        seen.add(term);
    }
    for (const term of answeredByTopic(part.asked, candidate.topics)) seen.add(term);
    for (const [label] of part.labels) if (candidate.labels.has(label) || goesBy(candidate, label)) seen.add(label);
  }
  const cover = new Map<string, number>();
  for (const [id, seen] of found) {
    let weight = 0;
    for (const [name, value] of [...part.terms, ...part.labels]) if (seen.has(name)) weight += value;
    cover.set(id, part.total === 0 ? 0 : weight / part.total);
  }
  return cover;
}

/**
 * Takes sentences part by part, so that none starves another, until nothing near the best is left.
 * `most` bounds the sentences in all.
 */
export function select(
  parts: readonly WeighedPart[],
  rankings: readonly (readonly Weighed[])[],
  most: number,
): readonly Choice[] {
  const choices: Choice[] = [];
  const rounds = Math.max(...parts.map(({ part }) => part.most));
  for (let round = 0; round < rounds; round++) {
    for (const [part, ranking] of rankings.entries()) {
      if (choices.length >= most || round >= (parts[part]?.part.most ?? 0)) continue;
      const next = best(ranking, choices);
      if (next !== undefined) choices.push({ ...next, part });
    }
  }
  return choices;
}

function best(ranking: readonly Weighed[], choices: readonly Choice[]): Weighed | undefined {
  const first = ranking[0];
  if (first === undefined) return undefined;
  const top = first.score;
  let winner: Weighed | undefined;
  let winning = -Infinity;
  for (const weighed of ranking) {
    if (weighed.score < top * NEAR_BEST || weighed.score < winning) break;
    // What does not sound like an answer is mere talk of the same subject.
    if (first.cue >= CLEAR_CUE && weighed.cue < first.cue * NEAR_CUE) continue;
    const gain = weighed.score - repetition(weighed.candidate, choices);
    if (gain > winning && Number.isFinite(gain)) {
      winner = weighed;
      winning = gain;
    }
  }
  // What is near the best only before its repetition is counted would add words, not knowledge.
  return winning >= top * NEAR_BEST * 0.85 ? winner : undefined;
}

function repetition(candidate: Candidate, choices: readonly Choice[]): number {
  let most = 0;
  for (const { candidate: other } of choices) {
    const similarity = jaccard(candidate.terms, other.terms);
    if (similarity >= SAME_THING || isSame(other, candidate)) {
      return Infinity;
    }
    const place =
      other.source.capsule.id === candidate.source.capsule.id
        ? SAME_SOURCE
        : other.document === candidate.document
          ? SAME_DOCUMENT
          : 0;
    most = Math.max(most, REPETITION * similarity + place);
  }
  return most;
}

export function isSame(a: Candidate, b: Candidate): boolean {
  return a.source.capsule.id === b.source.capsule.id && a.start === b.start;
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size === 0 || b.size === 0) return 0;
  let shared = 0;
  for (const term of a) if (b.has(term)) shared++;
  return shared / (a.size + b.size - shared);
}

function byPlace(a: Candidate, b: Candidate): number {
  const [left, right] = [a.source.capsule, b.source.capsule];
  return left.id < right.id ? -1 : left.id > right.id ? 1 : a.start - b.start;
}

/** Things that the chosen sentences point to, by a pointing word or because the question wants to know their name. */
export function pointedTo(
  choices: readonly Choice[],
  parts: readonly WeighedPart[],
  known: readonly Label[],
): readonly Label[] {
  const labels = new Set<Label>();
  for (const { candidate, part } of choices) {
    const wants = parts[part]?.part.wants ?? null;
    const points = pointsElsewhere(candidate.text);
    for (const label of candidate.labels) {
      if (!points && (wants === null || !label.startsWith(`${wants} `))) continue;
      if (!known.includes(label) && !goesBy(candidate, label)) labels.add(label);
    }
  }
  return [...labels];
}
