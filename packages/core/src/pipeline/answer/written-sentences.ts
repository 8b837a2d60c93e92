/**
 * Reads what a model writes into sentences and the source numbers each names, while it is being written.
 * @module
 */
import { splitSentences } from '../../search/sentences.js';

export interface WrittenSentence {
  /** White space collapsed, marks and list bullets taken out. */
  readonly text: string;
  /** Source numbers as written: nobody has checked them yet. */
  readonly cites: readonly number[];
  /** True for the first of a line. */
  readonly opensLine: boolean;
}

/** `[1]`, `[1, 2]`, `[1-3]`, `[Source 4]`, `【5】`. */
const MARK = /[[【]\s*(?:sources?\s*)?(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\s*[\]】]/giu;

/** A mark may still be on its way. */
const UNDECIDED = /[[【][^\]】]{0,40}$/u;

const LINE_OPENING = /^\s*(?:(?:[-*+•]|\d{1,3}[.)]|#{1,6}|>)\s+)*/u;

/** Controls and halves of surrogate pairs: the ledger refuses them, and nobody reads them. */
const UNFIT = /[\u0000-\u0008\u000e-\u001f\u007f]|\p{Surrogate}/gu;

/** More than this in one line is no prose. */
const LONGEST_LINE = 20_000;

/** Taken out with the marks: no model says of itself what is supported, and no source has such a number. */
const MARKED = new RegExp(`\\s*(?:${MARK.source}|[[【]\\s*(?:unsupported|[-+]\\d{1,3})\\s*[\\]】])`, 'giu');

/** Gives out a sentence once the next one has begun, so marks that follow a full stop belong to the sentence before. */
export class SentenceReader {
  #line = '';
  #opensLine = true;

  push(text: string): readonly WrittenSentence[] {
    const lines = (this.#line + text).split(/\r?\n/u);
    this.#line = lines.pop() as string;
    const read = lines.flatMap((line) => this.#endLine(line));
    if (this.#line.length > LONGEST_LINE) {
      const line = this.#line;
      this.#line = '';
      return [...read, ...this.#endLine(line)];
    }
    return [...read, ...this.#decided()];
  }

  /** What is left. @param cut drops the last sentence when it has no end. */
  end(cut = false): readonly WrittenSentence[] {
    const line = this.#line;
    this.#line = '';
    const rest = this.#endLine(line);
    const last = rest.at(-1);
    return cut && last !== undefined && !/[.!?…。！？]["'”’)\]]*$/u.test(last.text) ? rest.slice(0, -1) : rest;
  }

  /** All sentences of the open line but the last. */
  #decided(): readonly WrittenSentence[] {
    const undecided = UNDECIDED.exec(this.#line)?.index ?? this.#line.length;
    const spans = spansOf(this.#line.slice(0, undecided));
    const last = spans.at(-1);
    if (spans.length < 2 || last === undefined) return [];
    const read = this.#read(this.#line.slice(0, last.start), spans.slice(0, -1));
    this.#line = this.#line.slice(last.start);
    return read;
  }

  #endLine(line: string): readonly WrittenSentence[] {
    const read = this.#read(line, spansOf(line));
    this.#opensLine = true;
    return read;
  }

  #read(line: string, spans: readonly { readonly start: number }[]): readonly WrittenSentence[] {
    const read: WrittenSentence[] = [];
    for (const [index, { start }] of spans.entries()) {
      // A line may begin with marks; they belong to its first sentence.
      const written = line.slice(index === 0 ? 0 : start, spans[index + 1]?.start ?? line.length);
      const opening = this.#opensLine ? (LINE_OPENING.exec(written)?.[0].length ?? 0) : 0;
      const text = written.slice(opening).replace(MARKED, '').replace(UNFIT, '').replace(/\s+/gu, ' ').trim();
      if (!/[\p{L}\p{N}]/u.test(text)) continue;
      read.push({ text, cites: citesOf(written), opensLine: this.#opensLine });
      this.#opensLine = false;
    }
    return read;
  }
}

/** Where sentences begin; marks do not count as text. */
function spansOf(line: string): readonly { readonly start: number }[] {
  return splitSentences(line.replace(MARKED, (mark) => ' '.repeat(mark.length)));
}

function citesOf(text: string): readonly number[] {
  const cites = new Set<number>();
  for (const [, list] of text.matchAll(MARK)) {
    for (const part of (list as string).split(/\s*[,;]\s*/u)) {
      const [from = 0, to = from] = part.split(/\s*[–-]\s*/u).map(Number);
      for (let cite = from; cite <= Math.min(to, from + 20); cite++) cites.add(cite);
    }
  }
  return [...cites];
}

export function readSentences(text: string): readonly WrittenSentence[] {
  const reader = new SentenceReader();
  return [...reader.push(text), ...reader.end()];
}
