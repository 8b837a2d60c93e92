/**
 * Long documents become passages, each short enough for a model to take account of all of it.
 * @module
 */
import { splitSentences } from '../search/sentences.js';

/** A piece of a capsule's content, from `start` to `end`, exclusive, in UTF-16 units. */
export interface PassageSpan {
  readonly start: number;
  readonly end: number;
}

/** Most passages of one document. A longer document has longer passages, of which a model reads the beginnings. */
export const MAX_PASSAGES = 64;

/** As one would say it: models read `Speaker: text` better than two lines. */
const TITLE_GAP = ': ';
/** A title never takes more than this share of what the model reads. */
const TITLE_SHARE = 0.5;

/** Where a passage may end; the higher rank reads better. */
interface Cut {
  readonly at: number;
  readonly paragraph: boolean;
}

/**
 * The passages of `content`, in order: exact, free of overlap, at sentences and rather at paragraphs, of about equal
 * length, none of them cutting a character in two. Together they hold every character but the white space around them.
 * A document that fits is one passage; one without content is the empty passage, which stands for its title.
 *
 * @param maxChars what the model takes account of (`EmbeddingProvider.maxChars`), title included
 */
export function splitPassages(title: string, content: string, maxChars: number): readonly PassageSpan[] {
  const room = Math.max(2, Math.floor(maxChars - titleFor(title, maxChars).length));
  const whole = trimmed(content, 0, content.length);
  const length = whole.end - whole.start;
  if (length <= room) return [whole];
  const limit = Math.max(room, Math.ceil(length / MAX_PASSAGES) + 1);
  const cuts = cutsOf(content);
  const passages: PassageSpan[] = [];
  let start = whole.start;
  let next = 0;
  while (start < whole.end) {
    const rest = whole.end - start;
    const slots = Math.max(1, MAX_PASSAGES - passages.length);
    // What is left is shared out evenly, so that no scrap of a few words becomes a passage of its own.
    const most = Math.max(limit, Math.ceil(rest / slots));
    if (rest <= most || slots === 1) {
      passages.push(trimmed(content, start, whole.end));
      break;
    }
    const aim = Math.ceil(rest / Math.ceil(rest / most));
    // With few passages left each has to be full, or the last one would be too long.
    const least = rest - (slots - 1) * most;
    while (next < cuts.length && cuts[next]!.at <= start) next++;
    const end = chooseEnd(content, cuts, next, start, Math.max(least, 1), aim, most);
    passages.push(trimmed(content, start, end));
    start = skipSpace(content, end, whole.end);
  }
  return passages;
}

/**
 * The text given to the model for a passage: the title says what the passage is about.
 *
 * @param passage `content.slice(start, end)` of one of {@link splitPassages}
 */
export function embeddingText(title: string, passage: string, maxChars = Number.POSITIVE_INFINITY): string {
  const head = titleFor(title, maxChars);
  return passage === '' ? head.slice(0, head.length - TITLE_GAP.length) : head + passage;
}

function titleFor(title: string, maxChars: number): string {
  const clean = title.trim();
  if (clean === '') return '';
  const most = Math.max(1, Math.floor(maxChars * TITLE_SHARE) - TITLE_GAP.length);
  return clean.slice(0, clean.length > most ? whole(clean, most) : clean.length) + TITLE_GAP;
}

/** Beginnings of sentences and of blocks, in order. */
function cutsOf(content: string): Cut[] {
  let before = 0;
  return splitSentences(content).map(({ start, end }) => {
    const paragraph = /\n[^\S\n]*\n/.test(content.slice(before, start));
    before = end;
    return { at: start, paragraph };
  });
}

/** The best end between `least` and `most` characters from `start`: near `aim`, a paragraph's if one is close enough. */
function chooseEnd(
  content: string,
  cuts: readonly Cut[],
  from: number,
  start: number,
  least: number,
  aim: number,
  most: number,
): number {
  let best = -1;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let i = from; i < cuts.length; i++) {
    const { at, paragraph } = cuts[i]!;
    const size = at - start;
    if (size > most) break;
    if (size < least) continue;
    const cost = Math.abs(size - aim) / aim + (paragraph ? 0 : 0.25);
    if (cost < bestCost) [best, bestCost] = [at, cost];
  }
  // Rather than leave a scrap before a long sentence, cut that sentence at a word.
  if (best >= 0 && best - start >= aim / 3) return best;
  return Math.max(best, wordEnd(content, start, Math.max(least, Math.floor(aim / 2)), most));
}

/** Cuts at white space, or anywhere where there is none, but never within a surrogate pair. */
function wordEnd(content: string, start: number, least: number, most: number): number {
  for (let end = start + most; end > start + least; end--) {
    if (isSpace(content.charCodeAt(end))) return end;
  }
  return whole(content, start + most);
}

/** `at`, or one less where a character would be cut in two. */
function whole(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return code >= 0xd800 && code <= 0xdbff && at > 1 ? at - 1 : at;
}

function trimmed(content: string, from: number, to: number): PassageSpan {
  let end = to;
  const start = skipSpace(content, from, to);
  while (end > start && isSpace(content.charCodeAt(end - 1))) end--;
  return end > start ? { start, end } : { start: 0, end: 0 };
}

function skipSpace(content: string, from: number, to: number): number {
  let at = from;
  while (at < to && isSpace(content.charCodeAt(at))) at++;
  return at;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0x2028 || code === 0x2029;
}
