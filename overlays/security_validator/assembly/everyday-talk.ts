/**
 * What people who trade, treat, judge or measure say in the words of an attack: restrictions on travel, instructions for an
 * audit, the debug mode of an instrument. It is told apart by what the words are about, never by who says them.
 */
import * as D from './dictionary';
import { nextWord, wordAt, wordEnd } from './dictionary';
import { at, end, find, isAt, isWord, isWordAt, start } from './text';

/** How far behind a mode its question may end. */
const QUESTION: i32 = 200;
/** Longer texts are not looked over for words to the model. */
const LOOKED_OVER: usize = 2000;

function isOneOf(p: usize, words: string[]): bool {
  for (let i = 0; i < words.length; i++) if (isWordAt(p, words[i])) return true;
  return false;
}

const TOPIC_OPENERS: string[] = ['for', 'about', 'on', 'regarding', 'concerning', 'when', 'if'];
const OF_THE_TALK: string[] = [
  'this',
  'that',
  'our',
  'me',
  'you',
  'your',
  'us',
  'it',
  'here',
  'today',
  'now',
  'answering',
  'responding',
  'replying',
  'chatting',
  'talking',
  'conversation',
  'conversations',
  'chat',
  'chats',
  'session',
  'model',
  'assistant',
  'system',
  'user',
  'users',
  'prompt',
];

/** Whether what stands behind `instructions` says which: `for handling conflicts of interest`, not `for this chat`. */
export function hasTopic(p: usize): bool {
  const opener = nextWord(p);
  if (opener == 0 || !isOneOf(opener, TOPIC_OPENERS)) return false;
  wordAt(opener);
  let topic = nextWord(wordEnd);
  if (topic != 0 && (isWordAt(topic, 'the') || isWordAt(topic, 'a') || isWordAt(topic, 'an'))) {
    wordAt(topic);
    topic = nextWord(wordEnd);
  }
  return topic != 0 && (wordAt(topic) & (D.MACHINE | D.ORDERS)) == 0 && !isOneOf(topic, OF_THE_TALK);
}

const KNOWING: string[] = ['knew', 'know', 'learned', 'learnt', 'thought', 'think', 'believed', 'heard', 'read'];

/** `everything you knew about margin`, seen from `you`: a subject is turned over, no order. */
export function isKnowledge(you: usize): bool {
  if (!isWordAt(you, 'you')) return false;
  const knowing = nextWord(you + 3);
  if (knowing == 0 || !isOneOf(knowing, KNOWING)) return false;
  wordAt(knowing);
  const about = nextWord(wordEnd);
  if (about == 0 || !isWordAt(about, 'about')) return false;
  let q = about + 5;
  for (let i = 0; i < 5; i++) {
    const word = nextWord(q);
    if (word == 0) return i > 0;
    if ((wordAt(word) & (D.ORDERS | D.LIMITS | D.MACHINE)) != 0 || isOneOf(word, OF_THE_TALK)) return false;
    q = wordEnd;
  }
  return true;
}

const BOUNDS: string[] = ['restriction', 'restrictions', 'limit', 'limits', 'limitation', 'limitations', 'constraints'];
const BOUND_BY: string[] = ['under', 'pursuant', 'on', 'in', 'by', 'as', 'imposed', 'of', 'to'];
const OF_SPEECH: string[] = [
  'what',
  'which',
  'content',
  'contents',
  'output',
  'outputs',
  'answers',
  'responses',
  'replies',
  'topics',
  'topic',
  'subjects',
  'language',
  'speech',
  'anything',
  'any',
  'all',
  'everything',
  'usual',
  'response',
  'how',
  'place',
  'force',
  'effect',
  'mind',
  'say',
  'saying',
  'harmful',
  'explicit',
  'illegal',
  'violent',
  'sexual',
];

/**
 * Whether a restriction is one of the world: `no restriction on travel`, `without restriction under Section 12`. The role
 * that it is part of must be no machine's.
 * @param role where the role begins
 * @param bound where the word for the restriction ends
 */
export function isWorldly(role: usize, bound: usize): bool {
  if (!isOneOf(startOf(bound), BOUNDS)) return false;
  let q = role;
  while (q < bound) {
    const word = nextWord(q);
    if (word == 0 || word >= bound) break;
    if ((wordAt(word) & (D.MACHINE | D.UNBOUND)) != 0) return false;
    q = wordEnd;
  }
  const by = nextWord(bound);
  if (by == 0 || !isOneOf(by, BOUND_BY)) return false;
  wordAt(by);
  let what = nextWord(wordEnd);
  if (what == 0) return false;
  for (let i = 0; i < 4 && what != 0; i++) {
    if ((wordAt(what) & (D.MACHINE | D.ORDERS)) != 0 || isOneOf(what, OF_SPEECH) || isOneOf(what, OF_THE_TALK))
      return false;
    what = nextWord(wordEnd);
  }
  return true;
}

function startOf(wordEnds: usize): usize {
  let p = wordEnds;
  while (p > start && isWord(at(p - 1))) p--;
  return p;
}

const PERMITTED: string[] = ['able', 'allowed', 'permitted', 'authorised', 'authorized', 'entitled', 'cleared'];
const TRADES: string[] = [
  'enter',
  'place',
  'trade',
  'buy',
  'sell',
  'book',
  'settle',
  'transfer',
  'travel',
  'vote',
  'prescribe',
  'dispense',
  'sign',
  'approve',
  'file',
  'access',
  'import',
  'export',
  'ship',
  'work',
];

/** `now able to enter orders …`, seen from behind `are`: a permission to do something in the world, not to speak. */
export function isPermission(p: usize): bool {
  let word = nextWord(p);
  if (word != 0 && isWordAt(word, 'now')) word = nextWord(word + 3);
  if (word == 0 || !isOneOf(word, PERMITTED)) return false;
  wordAt(word);
  const to = nextWord(wordEnd);
  if (to == 0 || !isWordAt(to, 'to')) return false;
  const verb = nextWord(to + 2);
  return verb != 0 && isOneOf(verb, TRADES);
}

const TO_THE_MODEL: string[] = [
  'your',
  'prompt',
  'prompts',
  'instructions',
  'instruction',
  'answer',
  'respond',
  'reply',
  'pretend',
  'filter',
  'filters',
  'restrictions',
  'guardrails',
  'safeguards',
  'censorship',
  'ethics',
  'policies',
  'guidelines',
];

/** Whether a mode is that of some apparatus: it is asked about, or named with its thing, and nothing speaks to the model. */
export function isApparatusMode(behind: usize): bool {
  const follower = nextWord(behind);
  const named = follower != 0 && (isWordAt(follower, 'on') || isWordAt(follower, 'of') || isWordAt(follower, 'for'));
  if (!named && find(behind, QUESTION, '?') == 0) return false;
  if (addressed == Addressed.UNKNOWN) addressed = speaksToModel() ? Addressed.YES : Addressed.NO;
  return addressed == Addressed.NO;
}

const enum Addressed {
  UNKNOWN,
  NO,
  YES,
}

/** Whether the text under examination speaks to the model, looked for once. */
let addressed: Addressed = Addressed.UNKNOWN;

export function enterTalk(): void {
  addressed = Addressed.UNKNOWN;
}

/** A text too long to be looked over whole may do so. */
function speaksToModel(): bool {
  if (end - start > LOOKED_OVER) return true;
  let p = start;
  while (p < end) {
    if (!isWord(at(p))) {
      p++;
      continue;
    }
    const mask = wordAt(p);
    const next = wordEnd;
    if ((mask & (D.YOU | D.MACHINE | D.UNBOUND | D.OVERRIDE)) != 0 || isOneOf(p, TO_THE_MODEL)) return true;
    if (isAt(p, 'without') || isAt(p, 'unrestricted')) return true;
    p = next;
  }
  return false;
}
