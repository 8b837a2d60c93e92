/** Numbers that only their label makes personal: passports, patients, the NHS, dates of birth in words. */
import { wordAt, wordEnd } from './dictionary';
import { found, Severity } from './findings';
import { at, isAt, isDigit, isLetter, isUpper, isWord, isWordAt, start } from './text';

const KIND = 'personal_data';
const FEWEST_FIGURES = 5;

/** A label that begins at `p`: `passport no. C01X00T47`, `MRN 00123456`, `patient ID: 4711023`, `NHS number …`. */
export function labelAt(p: usize, next: usize): void {
  const first = at(p) | 32;
  if (first != 109 && first != 110 && first != 112) return;
  const patient = isWordAt(p, 'patient');
  const nhs = isWordAt(p, 'nhs');
  const passport = isWordAt(p, 'passport');
  if (!patient && !nhs && !passport && !isWordAt(p, 'mrn')) return;
  const from = behindLabel(next);
  // `patient 12` is the twelfth of a study.
  if (from == 0 || (patient && from <= next + 1)) return;
  if (nhs) {
    const to = nhsEnd(from);
    if (to != 0) found(KIND, 'nhs', 'an NHS number with its check digit', Severity.LOW, from, to);
    return;
  }
  let figures = 0;
  let to = from;
  while (isUpper(at(to)) || isDigit(at(to)) || (at(to) == 45 && isDigit(at(to + 1)))) {
    if (isDigit(at(to))) figures++;
    to++;
  }
  if (isWord(at(to)) || figures < FEWEST_FIGURES || to - from > 16) return;
  if (passport) found(KIND, 'passport', 'the number of a passport', Severity.LOW, from, to);
  else found(KIND, 'patient', 'the number of a patient', Severity.LOW, from, to);
}

/** Past `no.`, `number`, `ID`, `is`, `#` and colons; 0 where another word stands there. */
function behindLabel(p: usize): usize {
  for (let i = 0; i < 12; i++) {
    const c = at(p);
    if (c == 32 || c == 58 || c == 46 || c == 35 || c == 61) {
      p++;
    } else if (
      isWordAt(p, 'no') ||
      isWordAt(p, 'nr') ||
      isWordAt(p, 'number') ||
      isWordAt(p, 'id') ||
      isWordAt(p, 'is') ||
      isWordAt(p, 'identifier')
    ) {
      while (isLetter(at(p))) p++;
    } else return isUpper(c) || isDigit(c) ? p : 0;
  }
  return 0;
}

/** End of ten figures, perhaps in groups, whose last is the check digit; 0 where they are something else. */
function nhsEnd(from: usize): usize {
  let count = 0;
  let sum = 0;
  let check = 0;
  let p = from;
  while (count < 10) {
    const c = at(p);
    if (isDigit(c)) {
      if (count < 9) sum += (<i32>c - 48) * (10 - count);
      else check = <i32>c - 48;
      count++;
    } else if (count == 0 || (c != 32 && c != 45) || !isDigit(at(p + 1))) return 0;
    p++;
  }
  if (isWord(at(p))) return 0;
  const wanted = 11 - (sum % 11);
  return (wanted == 11 ? 0 : wanted) == check ? p : 0;
}

const MONTHS: string[] = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
  'jan',
  'feb',
  'mar',
  'apr',
  'jun',
  'jul',
  'aug',
  'sep',
  'sept',
  'oct',
  'nov',
  'dec',
  'januar',
  'februar',
  'mai',
  'juni',
  'juli',
  'oktober',
  'dezember',
];

function isMonth(p: usize): bool {
  for (let i = 0; i < MONTHS.length; i++) if (isWordAt(p, MONTHS[i])) return true;
  // The one with a letter beyond ASCII, which takes two bytes.
  return isAt(p, 'm') && at(p + 1) == 0xc3 && at(p + 2) == 0xa4 && isWordAt(p + 3, 'rz');
}

/** End of `12 March 1984`, `12th of March 1984`, `March 12, 1984`, seen from the day; 0 where it is something else. */
export function dateInWordsEnd(p: usize): usize {
  let q = p;
  while (isDigit(at(q))) q++;
  if (q - p > 2) return 0;
  if (isWordAt(q, 'st') || isWordAt(q, 'nd') || isWordAt(q, 'rd') || isWordAt(q, 'th')) q += 2;
  if (at(q) == 46 || at(q) == 44) q++;
  if (at(q) != 32) return 0;
  q++;
  if (isWordAt(q, 'of')) q += 3;
  if (isMonth(q)) {
    wordAt(q);
    q = wordEnd;
    if (at(q) == 46 || at(q) == 44) q++;
    if (at(q) != 32) return 0;
    q++;
  } else if (!isMonth(wordBefore(p))) return 0;
  const century = (at(q) == 49 && at(q + 1) == 57) || (at(q) == 50 && at(q + 1) == 48);
  return century && isDigit(at(q + 2)) && isDigit(at(q + 3)) && !isWord(at(q + 4)) ? q + 4 : 0;
}

function wordBefore(p: usize): usize {
  while (p > start && (at(p - 1) == 32 || at(p - 1) == 46)) p--;
  while (p > start && isWord(at(p - 1))) p--;
  return p;
}
