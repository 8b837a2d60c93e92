/** How well a capsule is written, as far as its form shows it, with the reasons. */
import { Prose } from './sentences';
import { likeness } from './summary';

export class Reason {
  constructor(
    readonly code: string,
    readonly effect: f64,
    readonly text: string,
  ) {}
}

export class Quality {
  reasons: Reason[] = [];

  add(code: string, effect: f64, text: string): void {
    this.reasons.push(new Reason(code, effect, text));
  }

  score(): f64 {
    let score = 0.5;
    for (let i = 0; i < this.reasons.length; i++) score += this.reasons[i].effect;
    return Math.round(min(1.0, max(0.0, score)) * 1000) / 1000;
  }
}

export function judge(prose: Prose, at: usize, length: i32, titled: bool): Quality {
  const quality = new Quality();
  const sentences = prose.sentences;
  let words = 0;
  let repeated = 0;
  const terms = new Set<u32>();
  let means = 0;
  for (let i = 0; i < sentences.length; i++) {
    const sentence = sentences[i];
    words += sentence.words;
    means += sentence.terms.length;
    for (let j = 0; j < sentence.terms.length; j++) terms.add(sentence.terms[j]);
    for (let k = max(0, i - 20); k < i; k++) {
      if (sentence.terms.length < 3 || likeness(sentence.terms, sentences[k].terms) < 0.9) continue;
      repeated++;
      break;
    }
  }
  if (words == 0) quality.add('no_prose', -0.3, 'it holds no sentence');
  else if (words < 20) quality.add('too_short', -0.2, 'fewer than 20 words of prose');
  else if (words >= 80) quality.add('substantial', 0.1, 'at least 80 words of prose');
  if (titled) quality.add('titled', 0.05, 'it has a title');
  else quality.add('untitled', -0.05, 'it has no title');
  if (words >= 20) {
    const mean = <f64>words / <f64>sentences.length;
    if (mean >= 8 && mean <= 28) quality.add('readable', 0.1, 'sentences of 8 to 28 words on average');
    else
      quality.add(
        mean > 28 ? 'long_sentences' : 'fragments',
        -0.1,
        mean > 28 ? 'sentences of more than 28 words on average' : 'sentences of fewer than 8 words on average',
      );
    const variety = <f64>terms.size / <f64>max(1, min(means, 200));
    if (means >= 30 && variety < 0.25) quality.add('monotonous', -0.1, 'few different words');
  }
  if (prose.headings > 1 && words >= 80) quality.add('structured', 0.05, 'it has headings');
  if (repeated * 5 > sentences.length && repeated > 0)
    quality.add('repetitive', -0.15, 'more than a fifth of its sentences repeat others');
  const signs = countSigns(at, length);
  if (signs.links > 0) quality.add('references', 0.1, 'it refers to sources');
  if (signs.figures > 2 && words >= 20) quality.add('specific', 0.05, 'it gives figures or dates');
  if (signs.open > 0) quality.add('unfinished', -0.15, 'it holds marks of unfinished work');
  if (signs.letters > 40 && signs.capitals * 10 > signs.letters * 6)
    quality.add('shouting', -0.1, 'mostly capital letters');
  if (signs.broken > 0) quality.add('broken_text', -0.1, 'it holds replacement characters of a wrong decoding');
  return quality;
}

class Signs {
  links: i32 = 0;
  figures: i32 = 0;
  open: i32 = 0;
  letters: i32 = 0;
  capitals: i32 = 0;
  broken: i32 = 0;
}

function countSigns(at: usize, length: i32): Signs {
  const signs = new Signs();
  const end = at + length;
  let before: u8 = 32;
  for (let p = at; p < end; p++) {
    const c = load<u8>(p);
    if (c >= 65 && c <= 90) {
      signs.letters++;
      signs.capitals++;
      if (before <= 32 || before == 40 || before == 35) {
        if (is(p, end, 'TODO') || is(p, end, 'FIXME') || is(p, end, 'TBD') || is(p, end, 'XXX')) signs.open++;
        if (is(p, end, 'Lorem ipsum')) signs.open++;
        if (is(p, end, 'PEP ') || is(p, end, 'RFC ') || is(p, end, 'DOI') || is(p, end, 'ADR-')) signs.links++;
      }
    } else if (c >= 97 && c <= 122) {
      signs.letters++;
      if (c == 108 && is(p, end, 'lorem ipsum')) signs.open++;
    } else if (c >= 48 && c <= 57) {
      if (before < 48 || before > 57) signs.figures++;
    } else if (c == 58) {
      if (is(p, end, '://') || is(p, end, ':pep:`') || is(p, end, ':rfc:`')) signs.links++;
    } else if (c == 91) {
      if (
        p + 2 < end &&
        load<u8>(p + 1) >= 48 &&
        load<u8>(p + 1) <= 57 &&
        (load<u8>(p + 2) == 93 || load<u8>(p + 3) == 93)
      )
        signs.links++;
    } else if (c == 0xef && is3(p, end)) signs.broken++;
    before = c;
  }
  return signs;
}

function is(p: usize, end: usize, text: string): bool {
  if (p + text.length > end) return false;
  for (let i = 0; i < text.length; i++) if (<i32>load<u8>(p + i) != text.charCodeAt(i)) return false;
  return true;
}

function is3(p: usize, end: usize): bool {
  return p + 3 <= end && load<u8>(p + 1) == 0xbf && load<u8>(p + 2) == 0xbd;
}
