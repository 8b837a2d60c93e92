/** Personal data: addresses, numbers with check digits, numbers beside a telling word. It is flagged, not refused. */
import * as D from './dictionary';
import { wordAt, wordEnd } from './dictionary';
import { found, Severity } from './findings';
import { dateInWordsEnd } from './labelled-numbers';
import { at, end, isAt, isDigit, isLetter, isSpace, isUpper, isWord, isWordAt, start } from './text';

const KIND = 'personal_data';
let phoneAt: usize = 0;
let birthAt: usize = 0;
let ssnAt: usize = 0;

export function enterPersonal(): void {
  phoneAt = 0;
  birthAt = 0;
  ssnAt = 0;
}

/** Remembers words that say what a number nearby is. */
export function tellingWord(p: usize, mask: u64): void {
  if ((mask & D.PHONE) != 0) phoneAt = p;
  if ((mask & D.BIRTH) != 0) birthAt = p;
  // A security alone is a paper that is traded.
  if ((mask & D.SSN) != 0 && (isWordAt(p, 'ssn') || isAt(p, 'social security'))) ssnAt = p;
}

function near(word: usize, p: usize): bool {
  return word != 0 && p - word <= 48;
}

function follows(p: usize, group: u64): bool {
  for (let q = p; q < min(end, p + 32); q++) {
    if (!isWord(at(q))) continue;
    if ((wordAt(q) & group) != 0) return true;
    q = wordEnd;
  }
  return false;
}

function mailSign(c: u8): bool {
  return isLetter(c) || isDigit(c) || c == 46 || c == 95 || c == 45 || c == 43;
}

/** An e-mail address around `@`. */
export function mailAt(p: usize): void {
  let from = p;
  while (from > start && p - from < 64 && mailSign(at(from - 1))) from--;
  if (from == p || !isLetter(at(from))) return;
  let to = p + 1;
  let dot: usize = 0;
  while (mailSign(at(to)) && at(to) != 43) {
    if (at(to) == 46) dot = to;
    to++;
  }
  while (to > p && at(to - 1) == 46) {
    to--;
    dot = 0;
  }
  if (dot == 0) for (let q = p + 1; q < to; q++) if (at(q) == 46) dot = q;
  if (dot == 0 || to - dot < 3 || dot == p + 1) return;
  found(KIND, 'email', 'an e-mail address', Severity.LOW, from, to);
}

/** A number with its separators: card, phone, SSN or date, seen from its first digit. Gives where it ends. */
export function numberAt(p: usize): usize {
  if (near(birthAt, p)) {
    const to = dateInWordsEnd(p);
    if (to != 0) {
      found(KIND, 'birth-date', 'a date of birth', Severity.LOW, p, to);
      return to;
    }
  }
  let digits = 0;
  let seps = 0;
  let q = p;
  let last = p;
  while (q < end && digits < 20) {
    const c = at(q);
    if (isDigit(c)) {
      digits++;
      last = q + 1;
    } else if (
      (c == 32 || c == 45 || c == 46 || c == 47 || c == 41) &&
      (isDigit(at(q + 1)) || (c == 41 && at(q + 1) == 32)) &&
      at(q - 1) != 32
    )
      seps++;
    else break;
    q++;
  }
  if (isWord(at(last)) || digits < 6) return last;
  const before = at(p - 1);
  if (before == 46 || before == 45 || before == 47 || before == 95) return last;
  if (digits >= 13 && digits <= 19 && card(p, last)) {
    found(KIND, 'card', 'a card number with its check digit', Severity.MEDIUM, p, last);
    return last;
  }
  if (digits == 9 && isAt(p + 3, '-') && at(p + 6) == 45 && last - p == 11) {
    if (ssn(p, 1)) {
      const told = near(ssnAt, p) || follows(last, D.SSN);
      found(
        KIND,
        'ssn',
        'a number in the form of a social security number',
        told ? Severity.MEDIUM : Severity.LOW,
        p,
        last,
      );
    }
    return last;
  }
  if (digits == 9 && seps == 0 && near(ssnAt, p) && ssn(p, 0)) {
    found(KIND, 'ssn', 'a social security number under its name', Severity.MEDIUM, p, last);
    return last;
  }
  if (digits == 8 && seps == 2 && date(p, last)) {
    if (near(birthAt, p) || follows(last, D.BIRTH)) found(KIND, 'birth-date', 'a date of birth', Severity.LOW, p, last);
    return last;
  }
  const plus = before == 43;
  const paren = before == 40 && isAt(p + 3, ')');
  const american =
    digits == 10 &&
    seps >= 2 &&
    (paren || (at(p + 3) == at(p + 7) && (at(p + 3) == 45 || at(p + 3) == 46) && last - p == 12));
  if (digits <= 15 && ((plus && digits >= 8) || american || (near(phoneAt, p) && digits >= 7 && digits <= 15))) {
    found(KIND, 'phone', 'a telephone number', Severity.LOW, plus || paren ? p - 1 : p, last);
  }
  return last;
}

function card(p: usize, to: usize): bool {
  const first = at(p);
  if (first < 50 || first > 54) return false;
  let sum = 0;
  let twice = false;
  let sep: u8 = 0;
  let group = 0;
  for (let q = to; q > p; q--) {
    const c = at(q - 1);
    if (!isDigit(c)) {
      if (c != 32 && c != 45) return false;
      if (sep != 0 && c != sep) return false;
      if (group < 3) return false;
      sep = c;
      group = 0;
      continue;
    }
    group++;
    let value = <i32>c - 48;
    if (twice) {
      value *= 2;
      if (value > 9) value -= 9;
    }
    sum += value;
    twice = !twice;
  }
  return sum % 10 == 0;
}

function two(p: usize): i32 {
  return (<i32>at(p) - 48) * 10 + <i32>at(p + 1) - 48;
}

/** @param dash signs between two groups */
function ssn(p: usize, dash: usize): bool {
  const area = two(p) * 10 + <i32>at(p + 2) - 48;
  const group = p + 3 + dash;
  const serial = group + 2 + dash;
  return area != 0 && area != 666 && area < 900 && two(group) != 0 && two(serial) * 100 + two(serial + 2) != 0;
}

/** `12.03.1961`, `1974-11-23`, `03/12/1961`. */
function date(p: usize, to: usize): bool {
  if (to - p != 10) return false;
  const year = isDigit(at(p + 2)) ? two(p) : two(p + 6);
  return year == 19 || year == 20;
}

/** Two capitals and two digits at the start of a word: perhaps an IBAN. */
export function ibanAt(p: usize): void {
  let letters: i32 = 0;
  let q = p;
  let last = p;
  while (q < end && letters < 34) {
    const c = at(q);
    if (isUpper(c) || isDigit(c)) {
      letters++;
      last = q + 1;
    } else if (c != 32 || !(isUpper(at(q + 1)) || isDigit(at(q + 1)))) break;
    q++;
  }
  if (isWord(at(last)) || letters < 15) return;
  // Numbers of other lengths do not exist; what follows an IBAN in capitals may have been taken along, so cut it back.
  for (let to = last; to - p >= 15; to--) {
    const c = at(to);
    if (to != last && c != 32 && !isSpace(c)) continue;
    if (remainder(p, to) == 1) {
      found(KIND, 'iban', 'an IBAN with its check digits', Severity.MEDIUM, p, to);
      return;
    }
  }
}

function remainder(p: usize, to: usize): i32 {
  let rest = 0;
  let body: usize = p + 4;
  for (let pass = 0; pass < 2; pass++) {
    const limit = pass == 0 ? to : p + 4;
    for (let q = pass == 0 ? body : p; q < limit; q++) {
      const c = at(q);
      if (c == 32) continue;
      rest = isDigit(c) ? (rest * 10 + <i32>c - 48) % 97 : (rest * 100 + <i32>c - 55) % 97;
    }
  }
  return rest;
}
