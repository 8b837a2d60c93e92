/**
 * Sections that stand in documents of every subject and say nothing of any: licences, thanks, references.
 * @module
 */
import { analyze } from '../../search/analyzer.js';
import { SECTION_MARK } from '../../search/title-names.js';

const ASIDE =
  /^(?:\d[\d.]*\s+)?(?:references?|footnotes?|bibliography|works cited|external links|links|see also|further reading|(?:copyrights?|licen[cs]e|licensing)(?: (?:and|&) (?:copyrights?|licen[cs]e|attribution))?|(?:special )?thanks(?: to)?|acknowledge?ments?|credits|table of contents|contents|change ?log|post-history|citations)\b[\s:]*$/iu;

const ASKING = new Set(
  analyze(
    'reference references footnote footnotes bibliography cite cites cited citation citations link links copyright copyrighted ' +
      'license licence licensed licensing public domain thank thanks thanked acknowledge acknowledged acknowledgement credit ' +
      'credits credited contents changelog changed change changes history',
  ),
);

export function isAside(heading: string): boolean {
  return ASIDE.test(heading);
}

/** True for the title of a capsule that is such a section of its document. */
export function isAsideSection(title: string): boolean {
  const path = title.split(SECTION_MARK);
  return path.length > 1 && isAside((path.at(-1) ?? '').trim());
}

/** @param terms stems of a question. */
export function asksForAsides(terms: Iterable<string>): boolean {
  for (const term of terms) if (ASKING.has(term)) return true;
  return false;
}
