/**
 * Whether two texts say the opposite of one another about the same thing: words overlap just as well when one of them
 * has a `not` before the verb.
 * @module
 */
import { analyze } from '../../search/analyzer.js';

const NEGATOR =
  /\b(?:not|never|no|nor|neither|cannot|without|hardly|barely|scarcely|seldom|rarely|(?<!\ba )few|\p{L}+n['’]t)\b/giu;

/** Words a negator reaches. */
const REACH = 4;

/** The stem that each negator of a text denies: the first meaningful one after it. */
export function deniedTerms(text: string): ReadonlySet<string> {
  const denied = new Set<string>();
  for (const match of text.matchAll(NEGATOR)) {
    const after = text.slice(match.index + match[0].length);
    const words = /^[^.!?;:]*/u.exec(after)?.[0].trim().split(/\s+/u).slice(0, REACH) ?? [];
    for (const word of words) {
      const [term] = analyze(word);
      if (term === undefined) continue;
      denied.add(term);
      break;
    }
  }
  return denied;
}

const CONTRARY =
  /\b(?:reject|refus|declin|fail|withdr|abandon|drop|den[iy]|against|forbid|prohibit|lack|prevent|avoid|instead|rather|stop|remov|unable|impossib|un\p{L}{4,})/iu;

/** True when one of them denies what the other one states. */
export function contradicts(claim: string, passage: string, passageTerms: ReadonlySet<string>): boolean {
  const deniedHere = deniedTerms(claim);
  const deniedThere = deniedTerms(passage);
  if (deniedHere.size === 0 && deniedThere.size === 0) return false;
  for (const term of deniedHere) {
    if (passageTerms.has(term) && !deniedThere.has(term) && !CONTRARY.test(passage)) return true;
  }
  if (deniedHere.size > 0 || CONTRARY.test(claim)) return false;
  const stated = new Set(analyze(claim));
  for (const term of deniedThere) if (stated.has(term)) return true;
  return false;
}
