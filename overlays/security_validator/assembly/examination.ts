/** One pass over the text that hands each word and sign to the rules it may begin something for. */
import * as Code from './code-rules';
import { DISCUSS, wordAt, wordEnd } from './dictionary';
import { clearFindings, found, Severity } from './findings';
import { labelAt } from './labelled-numbers';
import * as Personal from './personal-rules';
import * as Prompt from './prompt-rules';
import * as Secret from './secret-rules';
import { discuss, enterText, fence, hide, isHidden } from './setting';
import { at, end, examine, find, isAt, isDigit, isLetter, isSpace, isUpper, isWord, start } from './text';

export function examineText(address: usize, length: i32, capsule: bool): void {
  clearFindings();
  examine(address, length);
  enterText(capsule);
  Prompt.enterPrompt();
  Personal.enterPersonal();
  Code.bareStatement();
  let p = start;
  while (p < end) {
    const c = load<u8>(p);
    if (isLetter(c) || c == 95 || c >= 128) {
      p = word(p);
      continue;
    }
    if (isDigit(c)) {
      p = digits(p);
      continue;
    }
    if (c > 32) sign(p, c);
    else if (c == 10 && (at(p + 1) == 10 || at(p + 1) == 35)) Prompt.sentenceEnd();
    p++;
  }
}

function word(p: usize): usize {
  const mask = wordAt(p);
  const next = wordEnd;
  Secret.tokenAt(p);
  if (isUpper(at(p)) && isUpper(at(p + 1)) && isDigit(at(p + 2)) && isDigit(at(p + 3))) Personal.ibanAt(p);
  if (mask != 0) {
    if ((mask & DISCUSS) != 0) discuss(p);
    Personal.tellingWord(p, mask);
    Prompt.promptWord(p, next, mask);
  } else if (isAt(p, 'system') || isAt(p, 'set ') || isAt(p, 'do ')) Prompt.promptWord(p, next, 0);
  Secret.credentialName(p, next, mask);
  Secret.schemeAt(p, next);
  labelAt(p, next);
  Prompt.passWord(mask);
  return next;
}

function digits(p: usize): usize {
  const to = Personal.numberAt(p);
  let q = p;
  while (isDigit(at(q))) q++;
  if (!isWord(at(q))) Code.afterLiteral(q, true);
  // A number's groups are looked at as numbers of their own only where they made none together.
  return to > q ? to : isWord(at(q)) ? endOfWord(q) : q;
}

function endOfWord(q: usize): usize {
  while (isWord(at(q))) q++;
  return q;
}

function sign(p: usize, c: u8): void {
  switch (c) {
    case 33:
    case 63:
    case 46:
      if (isSpace(at(p + 1)) || p + 1 >= end) Prompt.sentenceEnd();
      if (c == 46) Code.traversal(p);
      break;
    case 39:
    case 34:
      Code.afterLiteral(p + 1, false);
      break;
    case 96:
      if (isAt(p, '```') && (p == start || at(p - 1) == 10)) fence();
      Code.substituted(p);
      Code.chained(p, p + 1);
      break;
    case 59:
      Code.statementAfterSemicolon(p);
      Code.chained(p, p + 1);
      break;
    case 124:
      Code.chained(p, at(p + 1) == 124 ? p + 2 : p + 1);
      break;
    case 38:
      if (at(p + 1) == 38) Code.chained(p, p + 2);
      break;
    case 36:
      if (at(p + 1) == 40) Code.chained(p, p + 2);
      break;
    case 45:
      if (at(p + 1) == 45) Secret.keyBlock(p);
      break;
    case 60:
      Code.device(p);
      Prompt.markup(p);
      hiddenMarkup(p);
      break;
    case 62:
      Code.device(p);
      Prompt.sentenceEnd();
      break;
    case 91:
    case 35:
      Prompt.markup(p);
      break;
    case 58:
      if (at(p + 1) == 47 && at(p + 2) == 47) {
        Secret.hookAddress(p);
        Secret.addressPassword(p);
      }
      Prompt.sentenceEnd();
      break;
    case 64:
      Personal.mailAt(p);
      break;
    default:
      break;
  }
}

/** Where the tag that begins there ends, 0 where none does: no other may begin inside, so that each byte is seen once. */
function tagEnd(p: usize): usize {
  const limit = min(end, p + 400);
  for (let q = p + 1; q < limit; q++) {
    const c = load<u8>(q);
    if (c == 62) return q;
    if (c == 60) return 0;
  }
  return 0;
}

/** Comments and elements that are not shown. */
function hiddenMarkup(p: usize): void {
  if (isHidden(p)) return;
  if (isAt(p, '<!--')) {
    const close = find(p + 4, 4096, '-->');
    hide(p, close == 0 ? min(end, p + 4096) : close);
    return;
  }
  const close = tagEnd(p);
  if (close == 0) return;
  const length = <i32>(close - p);
  if (
    find(p, length, 'display:none') == 0 &&
    find(p, length, 'display: none') == 0 &&
    find(p, length, 'visibility:hidden') == 0 &&
    find(p, length, 'font-size:0') == 0 &&
    find(p, length, 'font-size: 0') == 0 &&
    find(p, length, 'color:white') == 0 &&
    find(p, length, 'color:#fff') == 0 &&
    find(p, length, 'opacity:0') == 0
  )
    return;
  const to = find(close, 4096, '</');
  hide(close, to == 0 ? min(end, close + 4096) : to);
}

/** Reports a run of signs that are not shown, as soon as it is long enough to hide text; gives where it ends. */
export function hiddenSigns(p: usize): usize {
  let count = 0;
  let tags = 0;
  let turns = 0;
  let q = p;
  while (true) {
    const size = invisible(q);
    if (size == 0) break;
    if (size == 4) tags++;
    if (size == 3 && at(q + 1) == 0x80 && at(q + 2) >= 0xaa && at(q + 2) <= 0xae) turns++;
    count++;
    q += size;
  }
  // The flags of England, Scotland and Wales are written with tags.
  const flag = load<u32>(p - 4) == 0xb48f9ff0 && p - 4 >= start;
  if (tags >= 4 && !flag)
    found('prompt_injection', 'invisible', 'text in signs that are not shown', Severity.HIGH, p, q);
  else if (turns > 0)
    found('prompt_injection', 'direction', 'signs that turn the direction of writing', Severity.LOW, p, q);
  else if (count >= 2 && !flag) found('prompt_injection', 'invisible', 'signs that are not shown', Severity.LOW, p, q);
  return q;
}

/** Bytes of a zero-width sign, a sign of direction or a tag there; 0 for anything else. */
export function invisible(p: usize): i32 {
  const c = at(p);
  if (c == 0xe2) {
    if (at(p + 1) == 0x80) {
      const d = at(p + 2);
      return (d >= 0x8b && d <= 0x8f) || (d >= 0xaa && d <= 0xae) ? 3 : 0;
    }
    return at(p + 1) == 0x81 && at(p + 2) >= 0xa0 && at(p + 2) <= 0xa9 ? 3 : 0;
  }
  if (c == 0xef) return at(p + 1) == 0xbb && at(p + 2) == 0xbf ? 3 : 0;
  if (c == 0xf3 && at(p + 1) == 0xa0 && (at(p + 2) == 0x80 || at(p + 2) == 0x81)) return 4;
  return c == 0xc2 && at(p + 1) == 0xad ? 2 : 0;
}
