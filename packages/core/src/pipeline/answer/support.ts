/**
 * Ties what a model wrote to what its sources say. A sentence is supported when passages of the sources hold enough of
 * its meaning, all of its numbers, and do not deny what it states. Nothing a model claims about itself counts.
 * @module
 */
import { analyze } from '../../search/analyzer.js';
import { splitSentences } from '../../search/sentences.js';
import { conceptOf } from './concepts.js';
import { contradicts } from './negation.js';
import { inDigits, measuresIn } from './number-words.js';
import type { NumberedSource } from './prompt.js';
import type { WrittenSentence } from './written-sentences.js';

/** An exact part of a source, as offsets into its content. */
export interface SupportingPassage {
  readonly source: NumberedSource;
  readonly start: number;
  readonly end: number;
}

/** Share of a sentence's meaning that its passages must hold together. */
const ENOUGH = 0.65;
/** Share that a passage must hold to count towards it. */
const WORTH_CITING = 0.34;
/** Share that must be found in one passage for a source that the sentence does not name. */
const FOUND_UNNAMED = 0.8;
/** Sentences to a passage. */
const LONGEST_PASSAGE = 3;
/** What each further sentence of a passage must add to be worth quoting. */
const WORTH_LENGTHENING = 0.12;
/** UTF-16 units of a sentence in a quote; what has no full stops is cut at line ends. */
const LONGEST_UNIT = 600;

interface Unit {
  readonly start: number;
  readonly end: number;
  readonly terms: ReadonlySet<string>;
}

interface Indexed {
  readonly source: NumberedSource;
  readonly units: readonly Unit[];
  readonly titleTerms: ReadonlySet<string>;
}

interface Match {
  readonly indexed: Indexed;
  readonly start: number;
  readonly end: number;
  readonly held: ReadonlySet<string>;
  readonly share: number;
  /** The share, less what its length costs. */
  readonly worth: number;
}

/** The sources of one answer, taken apart once. */
export class SourceSupport {
  readonly #indexed: readonly Indexed[];
  readonly #frequency = new Map<string, number>();

  constructor(sources: readonly NumberedSource[]) {
    this.#indexed = sources.map((source) => ({
      source,
      units: unitsOf(source),
      titleTerms: new Set(analyze(source.source.capsule.title ?? '')),
    }));
    for (const { units } of this.#indexed) {
      for (const { terms } of units) for (const term of terms) this.#count(term);
    }
  }

  /** The passages that support a sentence, in the order it cites them; none when it is not supported. */
  supportOf({ text, cites }: WrittenSentence): readonly SupportingPassage[] {
    const terms = [...new Set(analyze(inDigits(text)))];
    if (terms.length === 0) return [];
    const named = cites
      .map((cite) => this.#indexed[cite - 1])
      .filter((indexed) => indexed !== undefined)
      .map((indexed) => this.#bestMatch(indexed, text, terms))
      .filter((match) => match !== null && match.share >= WORTH_CITING) as Match[];
    if (this.#suffice(text, terms, named)) return named.map(passageOf);
    const unnamed = this.#indexed
      .map((indexed) => this.#bestMatch(indexed, text, terms))
      .filter((match): match is Match => match !== null && match.share >= FOUND_UNNAMED)
      .filter((match) => this.#suffice(text, terms, [match]))
      .sort((a, b) => b.share - a.share)[0];
    return unnamed === undefined ? [] : [passageOf(unnamed)];
  }

  #suffice(text: string, terms: readonly string[], matches: readonly Match[]): boolean {
    if (matches.length === 0) return false;
    const held = new Set(matches.flatMap((match) => [...match.held]));
    if (this.#shareOf(terms, held) < ENOUGH) return false;
    const numbers = new Set(matches.flatMap((match) => numbersIn(textOf(match))));
    if (!numbersIn(text).every((number) => numbers.has(number))) return false;
    // Six years and seven days hold the numbers of seven years and six days.
    const measures = new Set(matches.flatMap((match) => measuresIn(inDigits(textOf(match)))));
    return measuresIn(inDigits(text)).every((measure) => measures.has(measure));
  }

  /** The shortest run of sentences that holds most of the meaning, or null when all that holds any denies it. */
  #bestMatch(indexed: Indexed, text: string, terms: readonly string[]): Match | null {
    let best: Match | null = null;
    for (let first = 0; first < indexed.units.length; first++) {
      const held = new Set(terms.filter((term) => holds(indexed.titleTerms, term)));
      let inText = 0;
      for (let last = first; last < Math.min(indexed.units.length, first + LONGEST_PASSAGE); last++) {
        const unit = indexed.units[last] as Unit;
        for (const term of terms) {
          if (!holds(unit.terms, term)) continue;
          held.add(term);
          inText++;
        }
        // The title alone says what a source is about, not what it says.
        if (inText === 0) break;
        const share = this.#shareOf(terms, held);
        const worth = share - (last - first) * WORTH_LENGTHENING;
        if (best !== null && worth <= best.worth) continue;
        const { start } = indexed.units[first] as Unit;
        const match = { indexed, start, end: unit.end, held: new Set(held), share, worth };
        if (!contradicts(inDigits(text), inDigits(textOf(match)), termsOf(indexed.units.slice(first, last + 1))))
          best = match;
      }
    }
    return best;
  }

  #shareOf(terms: readonly string[], held: ReadonlySet<string>): number {
    let whole = 0;
    let part = 0;
    for (const term of terms) {
      const weight = 1 / Math.sqrt(1 + this.#frequencyOf(term));
      whole += weight;
      if (held.has(term)) part += weight;
    }
    return part / whole;
  }

  /** A word that all sources are full of says less; one that none of them has says the most. */
  #frequencyOf(term: string): number {
    let frequency = this.#frequency.get(term) ?? 0;
    for (const other of conceptOf(term)) frequency = Math.max(frequency, this.#frequency.get(other) ?? 0);
    return frequency;
  }

  #count(term: string): void {
    this.#frequency.set(term, (this.#frequency.get(term) ?? 0) + 1);
  }
}

function holds(terms: ReadonlySet<string>, term: string): boolean {
  return terms.has(term) || conceptOf(term).some((other) => terms.has(other));
}

function termsOf(units: readonly Unit[]): ReadonlySet<string> {
  return new Set(units.flatMap(({ terms }) => [...terms]));
}

function passageOf({ indexed, start, end }: Match): SupportingPassage {
  return { source: indexed.source, start, end };
}

/** What a passage says together with its source's title, which a reader sees beside it. */
function textOf({ indexed: { source }, start, end }: Match): string {
  const { capsule, content } = source.source;
  return `${capsule.title ?? ''}\n${content.slice(start, end)}`;
}

const NUMBER = /\d+(?:[.,:/-]\d+)*/gu;

/** Numbers as digits, those that are spelt out too, without separators of thousands. */
function numbersIn(text: string): readonly string[] {
  return [...inDigits(text).matchAll(NUMBER)].flatMap(([number]) => {
    const plain = number.replace(/,(?=\d{3}(?!\d))/gu, '');
    return /[-/:]/u.test(plain) ? plain.split(/[-/:]/u).map(withoutZeros) : [withoutZeros(plain)];
  });
}

function withoutZeros(number: string): string {
  return number.replace(/^0+(?=\d)/u, '');
}

function unitsOf({ source: { content }, start, end }: NumberedSource): readonly Unit[] {
  const shown = content.slice(start, end);
  return splitSentences(shown)
    .flatMap((span) => pieces(shown, span.start, span.end))
    .map(([from, to]) => ({
      start: start + from,
      end: start + to,
      terms: new Set(analyze(inDigits(shown.slice(from, to)))),
    }));
}

/** Splits what is too long for a quote, at line ends where there are any. */
function pieces(text: string, start: number, end: number): readonly (readonly [number, number])[] {
  const cut: (readonly [number, number])[] = [];
  let from = start;
  while (end - from > LONGEST_UNIT) {
    const window = text.slice(from, from + LONGEST_UNIT);
    const line = window.lastIndexOf('\n');
    const space = line > 0 ? line : window.lastIndexOf(' ');
    const to = from + (space > 0 ? space : LONGEST_UNIT);
    cut.push([from, to]);
    from = to;
  }
  cut.push([from, end]);
  return cut.filter(([a, b]) => text.slice(a, b).trim() !== '');
}
