/**
 * Stems by surface form, looked up without cutting the word out of its text: most words of a text were met before, and
 * making a string for each of them would cost more than everything else about it.
 * @module
 */
import { stemWord } from './stem-word.js';
import { STOP_WORDS } from './stop-words.js';

/** What a word is indexed as. */
export interface Lexeme {
  readonly stem: string;
  readonly stop: boolean;
  /** Room for whoever counts words: what `keeper` holds of this one, so that it need not look its stem up. */
  keeper: object | null;
  kept: object | null;
}

/** Emptied when full, which costs less than keeping an order of use. */
const MAX_LEXEMES = 1 << 16;
const SLOTS = MAX_LEXEMES * 2;

/** 1 + the place of a lexeme; 0 where a slot is free. */
const slots = new Int32Array(SLOTS);
const hashes = new Int32Array(MAX_LEXEMES);
const words: string[] = [];
const lexemes: Lexeme[] = [];

/** Where the hash of a word begins; {@link hashOn} takes it over each of its characters. */
export const NO_HASH = 0x811c9dc5 | 0;

/** `code`: a UTF-16 unit, capitals of ASCII as small letters. */
export function hashOn(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}

/** The lexeme of the word from `start` to `stop`, whose ASCII capitals count as small letters and whose hash is `hash`. */
export function lexemeAt(text: string, start: number, stop: number, hash: number): Lexeme {
  let slot = firstSlot(hash);
  for (let taken = slots[slot]!; taken !== 0; taken = slots[slot]!) {
    if (hashes[taken - 1] === hash && isAt(text, start, stop, words[taken - 1]!)) return lexemes[taken - 1]!;
    slot = (slot + 1) % SLOTS;
  }
  return remember(detach(text.slice(start, stop).toLowerCase()), hash);
}

/** The lexeme of a word in lower case. */
export function lexemeOf(word: string): Lexeme {
  let hash = NO_HASH;
  for (let i = 0; i < word.length; i++) hash = hashOn(hash, word.charCodeAt(i));
  return lexemeAt(word, 0, word.length, hash);
}

function firstSlot(hash: number): number {
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}

function isAt(text: string, start: number, stop: number, word: string): boolean {
  if (word.length !== stop - start) return false;
  for (let i = 0; i < word.length; i++) {
    const code = text.charCodeAt(start + i);
    if ((code >= 65 && code <= 90 ? code + 32 : code) !== word.charCodeAt(i)) return false;
  }
  return true;
}

function remember(word: string, hash: number): Lexeme {
  if (words.length >= MAX_LEXEMES) {
    slots.fill(0);
    words.length = 0;
    lexemes.length = 0;
  }
  const stop = STOP_WORDS.has(word);
  const lexeme: Lexeme = { stem: stop ? word : stemOf(word), stop, keeper: null, kept: null };
  let slot = firstSlot(hash);
  while (slots[slot] !== 0) slot = (slot + 1) % SLOTS;
  hashes[words.length] = hash;
  words.push(word);
  lexemes.push(lexeme);
  slots[slot] = words.length;
  return lexeme;
}

const PLAIN_WORD = /^[a-z]+$/;

/** The stem, unless that is a stop word: `ore` must not become `or`, nor `one` `on`. */
function stemOf(word: string): string {
  if (!PLAIN_WORD.test(word)) return word;
  const stem = stemWord(word);
  if (!STOP_WORDS.has(stem)) return stem;
  const singular = word.endsWith('s') ? word.slice(0, -1) : word;
  return STOP_WORDS.has(singular) ? word : singular;
}

/** A slice of a long text keeps the whole text alive, so what is remembered is a copy. */
function detach(text: string): string {
  return text.length < 13 ? text : text.split('').join('');
}
