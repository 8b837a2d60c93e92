/**
 * Puts an answer together from sentences as they come: numbers the citations in the order a reader meets them, and marks
 * what no source says.
 * @module
 */
import type { AnswerPiece, AnswerSentence, ProvidedAnswer, ProvidedCitation } from './answer-provider.js';
import { asShown, UNSUPPORTED_MARK } from './marks.js';
import type { SourceSupport, SupportingPassage } from './support.js';
import type { WrittenSentence } from './written-sentences.js';

export class AnswerBuilder {
  readonly #citations: ProvidedCitation[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #sentences: AnswerSentence[] = [];
  #text = '';

  constructor(private readonly support: SourceSupport) {}

  /** The piece that a sentence adds to the answer. */
  add(written: WrittenSentence): AnswerPiece {
    const passages = this.support.supportOf(written);
    const fresh = this.#citations.length;
    const citations = [...new Set(passages.map((passage) => this.#numberOf(passage)))];
    const shown = asShown(written.text);
    this.#sentences.push({ text: shown, citations, supported: citations.length > 0 });
    const marks = citations.length > 0 ? citations.map((number) => `[${number}]`).join('') : UNSUPPORTED_MARK;
    const separator = this.#text === '' ? '' : written.opensLine ? '\n' : ' ';
    const text = `${separator}${shown} ${marks}`;
    this.#text += text;
    return { text, citations: this.#citations.slice(fresh) };
  }

  get sentences(): readonly AnswerSentence[] {
    return this.#sentences;
  }

  answer(): Pick<ProvidedAnswer, 'text' | 'citations' | 'sentences'> {
    return { text: this.#text, citations: this.#citations, sentences: this.#sentences };
  }

  #numberOf({ source: { source }, start, end }: SupportingPassage): number {
    const key = `${source.capsule.id} ${start} ${end}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#citations.push({ capsuleId: source.capsule.id, quote: source.content.slice(start, end) });
      this.#numbers.set(key, number);
    }
    return number;
  }
}
