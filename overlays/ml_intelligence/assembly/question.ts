/** What a request asks: its parts, the kind of each, and whether it names documents. */
import { isDigit, isLetter, isWhite, isWord, wordsOf } from './words';

const MOST_PARTS: i32 = 4;

const OPENERS = new Set<string>();
const UNNAMING = new Set<string>();

function fill(set: Set<string>, words: string): void {
  const list = words.split(' ');
  for (let i = 0; i < list.length; i++) set.add(list[i]);
}

fill(OPENERS, 'what why when who whom whose how which where did does do is are was were has have can should');
fill(
  UNNAMING,
  'a an about above after all an and approximately around as at before below between but by circa during ever exactly first for from has have if in into is it its just last least less more most nearly next no of on only or other over past per roughly since some than that the these this those to under until up was were when with within',
);
fill(
  UNNAMING,
  'jan january feb february mar march apr april may jun june jul july aug august sep sept september oct october nov november dec december year years',
);

export class Question {
  parts: i32 = 0;
  /** In order of first appearance. */
  kinds: string[] = [];
  labels: i32 = 0;
}

export function readQuestion(text: string): Question {
  const question = new Question();
  const lower = text.toLowerCase();
  let from = 0;
  let i = 0;
  while (i < lower.length) {
    const next = breakAt(lower, i);
    if (next < 0) {
      i++;
      continue;
    }
    take(question, lower.substring(from, i));
    from = next;
    i = next;
  }
  take(question, lower.substring(from));
  question.labels = labelsOf(lower).length;
  return question;
}

function take(question: Question, part: string): void {
  const trimmed = part.trim();
  if (trimmed.length == 0 || question.parts >= MOST_PARTS + 2) return;
  const kind = kindOf(trimmed);
  question.parts++;
  if (!question.kinds.includes(kind)) question.kinds.push(kind);
  if (kind == 'comparison') {
    const labels = labelsOf(trimmed).length;
    if (labels > 1) {
      question.parts += 2;
      if (!question.kinds.includes('definition')) question.kinds.push('definition');
    }
  }
}

function at(text: string, i: i32): i32 {
  return i < text.length ? text.charCodeAt(i) : 0;
}

/** Where the next part begins, when one ends at `i`; -1 otherwise. */
function breakAt(text: string, i: i32): i32 {
  let c = at(text, i);
  let p = i;
  if (c == 63 || c == 59) {
    while (at(text, p) == 63 || at(text, p) == 59) p++;
    if (!isWhite(at(text, p))) return -1;
    while (isWhite(at(text, p))) p++;
    return p;
  }
  if (c == 44 || c == 46) p++;
  if (!isWhite(at(text, p))) return -1;
  while (isWhite(at(text, p))) p++;
  let end = wordEnd(text, p);
  const joint = text.substring(p, end);
  if (joint != 'and' && joint != 'but' && joint != 'or' && joint != 'then') return -1;
  p = end;
  if (!isWhite(at(text, p))) return -1;
  while (isWhite(at(text, p))) p++;
  end = wordEnd(text, p);
  if (text.substring(p, end) == 'also' && isWhite(at(text, end))) {
    p = end;
    while (isWhite(at(text, p))) p++;
    end = wordEnd(text, p);
  }
  return OPENERS.has(text.substring(p, end)) ? p : -1;
}

function wordEnd(text: string, p: i32): i32 {
  while (isWord(at(text, p))) p++;
  return p;
}

function kindOf(part: string): string {
  const words = wordsOf(part);
  let reason = false;
  let comparison = false;
  let quantity = false;
  let time = false;
  let person = false;
  let place = false;
  let method = false;
  let definition = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    const next = i + 1 < words.length ? words[i + 1] : '';
    const c = word.charCodeAt(0);
    if (c == 114) {
      if (word.startsWith('replac')) return 'replacement';
      if (word == 'reason' || word == 'reasons' || word == 'rationale') reason = true;
    } else if (c == 115) {
      if (word.startsWith('supersed') || word.startsWith('succeed') || word.startsWith('success')) return 'replacement';
    } else if (c == 111) {
      if (word.startsWith('obsolet')) return 'replacement';
    } else if (c == 105) {
      if (word == 'instead') return 'replacement';
    } else if (c == 116) {
      if (word == 'took' && (next == 'over' || (next == 'its' && i + 2 < words.length && words[i + 2] == 'place')))
        return 'replacement';
    } else if (c == 119) {
      const which = word == 'what' || word == 'which';
      if (word == 'why') reason = true;
      else if (word == 'when') time = true;
      else if (word == 'who' || word == 'whom' || word == 'whose') person = true;
      else if (word == 'where') place = true;
      else if (word == 'worse' && next == 'than') comparison = true;
      if (which) {
        if (word == 'what' && (next == 'led' || next == 'caused' || next == 'motivated')) reason = true;
        if (next == 'year' || next == 'date' || next == 'day' || next == 'month' || (next == 'time' && word == 'what'))
          time = true;
        if (word == 'which' && (next == 'place' || next == 'country' || next == 'city')) place = true;
        if (word == 'which' && next == 'person') person = true;
        if (
          next == 'is' ||
          next == 'are' ||
          next == 'was' ||
          next == 'were' ||
          next == 'does' ||
          next == 'do' ||
          next == 'did'
        )
          definition = true;
      }
    } else if (c == 104) {
      if (word != 'how') continue;
      method = true;
      if (next == 'come') reason = true;
      if (
        next == 'many' ||
        next == 'much' ||
        next == 'long' ||
        next == 'old' ||
        next == 'often' ||
        next == 'far' ||
        next == 'large' ||
        next == 'big'
      )
        quantity = true;
    } else if (c == 100) {
      if (word.startsWith('differ')) comparison = true;
      if (word == 'define' || word == 'definition') definition = true;
    } else if (c == 99) {
      if (word.startsWith('compar')) comparison = true;
    } else if (c == 118) {
      if (word == 'versus' || word == 'vs') comparison = true;
    } else if (c == 98) {
      if (word == 'better' && next == 'than') comparison = true;
    } else if (c == 109) {
      if (word.startsWith('motivat') && word.length > 7) reason = true;
      if (word == 'meaning' && next == 'of') definition = true;
    } else if (c == 106) {
      if (word.startsWith('justif') && word.length > 6) reason = true;
    }
  }
  if (reason) return 'reason';
  if (comparison) return 'comparison';
  if (quantity) return 'quantity';
  if (time) return 'time';
  if (person) return 'person';
  if (place) return 'place';
  if (method) return 'method';
  return definition ? 'definition' : 'other';
}

/** Distinct names made of a word and a number. */
function labelsOf(text: string): string[] {
  const labels: string[] = [];
  let i = 0;
  while (i < text.length) {
    if (!isWord(at(text, i))) {
      i++;
      continue;
    }
    const from = i;
    while (isLetter(at(text, i)) && at(text, i) < 128) i++;
    const length = i - from;
    if (length < 2 || length > 12 || isLetter(at(text, i))) {
      while (isWord(at(text, i))) i++;
      continue;
    }
    const word = text.substring(from, i);
    let p = i;
    const c = at(text, p);
    if (c == 32 || c == 95 || c == 35 || c == 45) p++;
    else if (c == 46 && at(text, p + 1) == 32) p += 2;
    else if (c == 58 && at(text, p + 1) == 96) p += 2;
    else if (c == 96) p += at(text, p + 1) == 32 ? 2 : 1;
    const digits = p;
    while (isDigit(at(text, p))) p++;
    if (p == digits || p - digits > 9 || isLetter(at(text, p))) {
      while (isWord(at(text, i))) i++;
      continue;
    }
    while (at(text, p) == 46 && isDigit(at(text, p + 1))) {
      p++;
      while (isDigit(at(text, p))) p++;
    }
    i = p;
    if (UNNAMING.has(word)) continue;
    const label = word + ' ' + text.substring(digits, p);
    if (!labels.includes(label)) labels.push(label);
  }
  return labels;
}
