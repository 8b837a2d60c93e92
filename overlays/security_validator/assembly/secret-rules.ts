/** Credentials: by their prefix, as assignments to a telling name, in addresses. Placeholders are told apart. */
import { basicEnd, bearerEnd, credentialBehind } from './authorization';
import { CREDENTIAL, nextWord, wordAt, wordEnd } from './dictionary';
import { found, Severity } from './findings';
import { capsule, inQuotes } from './setting';
import { at, end, find, isAt, isDigit, isLetter, isSpace, isUpper, isWord, isWordAt, skipSpace, start } from './text';

const KIND = 'secret';

function report(rule: string, reason: string, from: usize, to: usize): void {
  const example = capsule && placeholder(from, to);
  found(KIND, rule, reason, example ? Severity.LOW : Severity.CRITICAL, from, to);
}

/** Whether a value only shows where one would stand. */
function placeholder(from: usize, to: usize): bool {
  let same = 0;
  for (let p = from; p < to; p++) {
    const c = at(p);
    if (c == 60 || c == 36 || c == 123 || c == 37) return true;
    same = c == at(p - 1) && p > from ? same + 1 : 0;
    if (same >= 3) return true;
    const l = c | 32;
    if (l == 101 && isAt(p, 'example')) return true;
    if (l == 120 && isAt(p, 'xxx')) return true;
    if (l == 121 && isAt(p, 'your')) return true;
    if (l == 99 && isAt(p, 'change')) return true;
    if (l == 112 && (isAt(p, 'placeholder') || isAt(p, 'password'))) return true;
    if (l == 114 && isAt(p, 'redacted')) return true;
    if (l == 109 && isAt(p, 'my_')) return true;
    if (c == 42 || isAt(p, '...')) return true;
  }
  return false;
}

function tokenSign(c: u8): bool {
  return isLetter(c) || isDigit(c) || c == 95 || c == 45;
}

function run(p: usize): usize {
  while (tokenSign(at(p))) p++;
  return p;
}

/** A token with a known prefix, at the start of a word. */
export function tokenAt(p: usize): void {
  const c = at(p);
  if (c == 65) {
    if ((at(p + 1) == 75 || at(p + 1) == 83) && at(p + 2) == 73 && at(p + 3) == 65) {
      let q = p + 4;
      while (isUpper(at(q)) || isDigit(at(q))) q++;
      if (q - p == 20 && !isWord(at(q))) report('aws-key', 'an access key of AWS', p, q);
    } else if (at(p + 1) == 73 && isAt(p, 'aiza')) {
      const q = run(p);
      if (q - p >= 35) report('google-key', 'a key of Google', p, q);
    }
  } else if (c == 103) {
    if (at(p + 1) == 104 && at(p + 3) == 95) {
      const q = run(p);
      if (q - p >= 34) report('github-token', 'a token of GitHub', p, q);
    } else if (isAt(p, 'github_pat_')) {
      const q = run(p);
      if (q - p >= 40) report('github-token', 'a token of GitHub', p, q);
    } else if (isAt(p, 'glpat-')) {
      const q = run(p);
      if (q - p >= 26) report('gitlab-token', 'a token of GitLab', p, q);
    }
  } else if (c == 115 || c == 114 || c == 112) {
    if (at(p + 1) == 107) {
      const q = run(p);
      const body = q - p;
      const sign = at(p + 2);
      if (sign == 45 && body >= 23 && digits(p, q) > 0) report('provider-key', 'a key of a provider', p, q);
      else if (sign == 95 && (isAt(p + 3, 'live_') || isAt(p + 3, 'test_')) && body >= 24)
        report('payment-key', 'a key of a payment provider', p, q);
    }
  } else if (c == 120) {
    if (at(p + 1) == 111 && at(p + 2) == 120 && at(p + 4) == 45) {
      const q = run(p);
      if (q - p >= 15) report('slack-token', 'a token of Slack', p, q);
    }
  } else if (c == 101) {
    if (at(p + 1) == 121 && at(p + 2) == 74) {
      let q = run(p);
      if (q - p < 11 || at(q) != 46 || !isAt(q + 1, 'eyj')) return;
      q = run(q + 1);
      if (at(q) != 46) return;
      const sign = run(q + 1);
      if (sign - q > 8) report('jwt', 'a signed token', p, sign);
    }
  } else if (c == 110 && isAt(p, 'npm_')) {
    const q = run(p);
    if (q - p == 40) report('npm-token', 'a token of npm', p, q);
  } else if (c == 104 && isAt(p, 'hf_')) {
    const q = run(p);
    if (q - p >= 33) report('hub-token', 'a token of Hugging Face', p, q);
  } else if (c == 83 && at(p + 1) == 71 && at(p + 2) == 46) {
    const q = run(p + 3);
    if (q - p >= 20 && at(q) == 46) {
      const r = run(q + 1);
      if (r - q >= 30) report('mail-key', 'a key of a mail provider', p, r);
    }
  }
}

function digits(p: usize, to: usize): i32 {
  let count = 0;
  for (; p < to; p++) if (isDigit(at(p))) count++;
  return count;
}

/** A credential of HTTP behind the name of its scheme. */
export function schemeAt(p: usize, next: usize): void {
  if ((at(p) | 32) != 98) return;
  const bearer = isWordAt(p, 'bearer');
  if (!bearer && !isWordAt(p, 'basic')) return;
  const from = credentialBehind(next);
  if (from == 0) return;
  const to = bearer ? bearerEnd(from) : basicEnd(from);
  if (to != 0) report('authorization', 'a credential of HTTP', from, to);
}

/** Signs of base64 in one line that are a key, where prose has words and spaces. */
const KEY_LINE: i32 = 40;

/** `-----BEGIN … PRIVATE KEY-----`, `-----BEGIN PGP PRIVATE KEY BLOCK-----`. */
export function keyBlock(p: usize): void {
  if (!isAt(p, '-----begin ') || at(p - 1) == 45) return;
  const mark = find(p, 60, 'private key');
  if (mark == 0) return;
  const dashes = isAt(mark + 11, ' block') ? mark + 17 : mark + 11;
  if (!isAt(dashes, '-----')) return;
  const body = dashes + 5;
  const close = find(body, 8192, '-----end ');
  const to = close == 0 ? min(end, body + 200) : close;
  const example = capsule && (keySigns(body, to) < KEY_LINE || find(body, <i32>(to - body), '...') != 0);
  found(KIND, 'private-key', 'a private key', example ? Severity.LOW : Severity.CRITICAL, p, to);
}

/** Signs of base64 up to the first space, or in the longest line behind it: some keys begin with headers. */
function keySigns(body: usize, to: usize): i32 {
  let signs = 0;
  let q = skipSpace(body);
  for (; q < to && at(q) != 32; q++) if (keySign(at(q))) signs++;
  let line = 0;
  for (; q < to && signs < KEY_LINE; q++) {
    line = keySign(at(q)) ? line + 1 : 0;
    if (line > signs) signs = line;
  }
  return signs;
}

function keySign(c: u8): bool {
  return tokenSign(c) || c == 43 || c == 47;
}

/** `scheme://user:password@host`, seen from `://`. */
export function addressPassword(p: usize): bool {
  let q = p + 3;
  let colon: usize = 0;
  const limit = min(end, q + 200);
  for (; q < limit; q++) {
    const c = at(q);
    if (isSpace(c) || c == 47 || c == 34 || c == 39 || c == 62 || c == 41) return false;
    if (c == 58 && colon == 0) colon = q;
    else if (c == 64) break;
  }
  if (at(q) != 64 || colon == 0 || q - colon < 5) return false;
  let from = p;
  while (from > start && isLetter(at(from - 1))) from--;
  if (placeholder(colon + 1, q) || sameSpan(colon + 1, q, 'pass') || sameSpan(colon + 1, q, 'secret')) {
    found(KIND, 'url-password', 'the place of a password in an address', Severity.LOW, from, q);
    return true;
  }
  found(KIND, 'url-password', 'a password in an address', Severity.CRITICAL, from, q);
  return true;
}

function sameSpan(from: usize, to: usize, text: string): bool {
  return <i32>(to - from) == text.length && isAt(from, text);
}

/** A hook's address is a credential: `hooks.slack.com/services/T…/B…/…`. */
export function hookAddress(p: usize): void {
  if (!isAt(p, '://hooks.slack.com/services/t')) return;
  let q = p + 28;
  const from = q;
  while (tokenSign(at(q)) || at(q) == 47) q++;
  if (q - from >= 30) report('hook', 'an address that anybody may post to', p, q);
}

/** Signs of a password under its name; a value in a sentence is to be longer. */
const SHORTEST: usize = 6;
const SHORTEST_IN_PROSE: usize = 8;

const METHODS: string[] = [
  'sha',
  'md5',
  'argon',
  'bcrypt',
  'scrypt',
  'pbkdf',
  'base64',
  'utf',
  'aes',
  'oauth',
  'varchar',
];
const PLACES: string[] = ['page', 'section', 'step', 'table', 'field', 'annex', 'chapter', 'version', 'level', 'line'];

/** Whether the value names how a password is kept, or where something about it stands: `argon2id`, `page12`. */
function namesMethod(p: usize): bool {
  for (let i = 0; i < METHODS.length; i++) if (isAt(p, METHODS[i])) return true;
  for (let i = 0; i < PLACES.length; i++) if (isAt(p, PLACES[i]) && isDigit(at(p + PLACES[i].length))) return true;
  return false;
}

/** The word `is` a few words behind `for`, `of` or `to`: `password for the database is …`. 0 where there is none. */
function isBehind(p: usize): usize {
  if (!isWordAt(p, 'for') && !isWordAt(p, 'of') && !isWordAt(p, 'to') && !isWordAt(p, 'on')) return 0;
  for (let i = 0; i < 7; i++) {
    const word = nextWord(p);
    if (word == 0) return 0;
    if (isWordAt(word, 'is')) return word;
    wordAt(word);
    p = wordEnd;
  }
  return 0;
}

/** `password = …`, `api_key: …`, `my password is …`. `p` is where the name begins, `next` where it ends. */
export function assignment(p: usize, next: usize, telling: bool): void {
  let q = next;
  if ((at(q) == 34 || at(q) == 39) && (at(q + 1) == 58 || at(q + 1) == 61)) q++;
  while (at(q) == 32 && q - next < 4) q++;
  let prose = false;
  let far = false;
  if (at(q) == 58 || at(q) == 61) {
    q++;
    if (at(q) == 61) return;
  } else {
    const is = isWordAt(q, 'is') ? q : telling ? isBehind(q) : 0;
    if (is == 0) return;
    prose = true;
    far = is != q;
    q = is + 2;
  }
  const space = q;
  while (at(q) == 32 && q - space < 4) q++;
  const quote = at(q);
  const quoted = quote == 34 || quote == 39 || quote == 96;
  if (quoted) q++;
  const from = q;
  while (q < end && q - from < 200) {
    const c = at(q);
    if (isSpace(c) || c == 34 || c == 39 || c == 96 || (c == 44 && isSpace(at(q + 1)))) break;
    q++;
  }
  let to = q;
  while (
    to > from &&
    (at(to - 1) == 46 ||
      at(to - 1) == 44 ||
      at(to - 1) == 63 ||
      at(to - 1) == 59 ||
      at(to - 1) == 33 ||
      at(to - 1) == 41)
  )
    to--;
  const length = to - from;
  if (length < (telling && !prose ? SHORTEST : SHORTEST_IN_PROSE) || namesMethod(from)) return;
  let lower = 0;
  let upper = 0;
  let figures = 0;
  let other = 0;
  for (let r = from; r < to; r++) {
    const c = at(r);
    if (isUpper(c)) upper++;
    else if (isLetter(c)) lower++;
    else if (isDigit(c)) figures++;
    else if (c == 40 || c == 91)
      return; // A call or an index: code, not a value.
    else other++;
  }
  if (lower + upper == 0 || figures == 0) return;
  // Words lie between: only what no word or name is can be meant as the secret.
  if (far && other == 0 && (lower == 0 || upper < 2)) return;
  if (placeholder(from, to)) {
    found(KIND, 'assignment', 'the place of a secret', Severity.LOW, p, to);
    return;
  }
  if (at(from) == 47 || isAt(from, 'http')) return;
  const random = entropy(from, to);
  // A name that only ends in key or token needs a value that no word is.
  if (!telling && (length < 16 || random < 3.4 || (upper == 0 && other == 0 && figures < 4))) return;
  if (prose && inQuotes(p, p + 1) && capsule) return;
  found(KIND, 'assignment', 'a secret under its name', Severity.CRITICAL, p, to);
}

const counts = new StaticArray<i32>(256);

/** Bits for each byte, by the frequencies of the bytes themselves. */
export function entropy(from: usize, to: usize): f64 {
  for (let i = 0; i < 256; i++) unchecked((counts[i] = 0));
  for (let p = from; p < to; p++) unchecked(counts[at(p)]++);
  const length = <f64>(to - from);
  let bits = 0.0;
  for (let i = 0; i < 256; i++) {
    const count = unchecked(counts[i]);
    if (count > 0) bits -= (<f64>count / length) * Math.log2(<f64>count / length);
  }
  return bits;
}

/** A word with underscores whose last part names a credential: `AWS_SECRET_ACCESS_KEY`, `DB_PASSWORD`. */
export function credentialName(p: usize, next: usize, mask: u64): void {
  if ((mask & CREDENTIAL) != 0) {
    assignment(p, next, !isWordAt(p, 'token') && !isWordAt(p, 'secret') && !isWordAt(p, 'pass'));
    return;
  }
  let from = next;
  while (from > p && at(from - 1) != 95 && at(from - 1) != 45) from--;
  if (from == p) return;
  const tail = wordAt(from);
  if (wordEnd != next) return;
  if ((tail & CREDENTIAL) != 0) assignment(p, next, !isWordAt(from, 'token') && !isWordAt(from, 'pass'));
  else if (isWordAt(from, 'key')) assignment(p, next, false);
}
