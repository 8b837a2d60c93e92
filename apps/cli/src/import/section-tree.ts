/**
 * A document's headings as a tree of sections.
 * @module
 */
import { findHeadings, type Heading } from './headings.js';
import type { DocumentFormat, Section } from './source-document.js';

export interface SectionTree {
  /** A heading over the whole document, when there is one. */
  readonly title: string | null;
  /** The text before the first section, the document's own title left out. */
  readonly preamble: string;
  readonly sections: readonly Section[];
}

/** Reads the tree from `text`, whose first `from` characters (a header block) belong to the preamble. */
export function readSections(text: string, format: DocumentFormat, from: number): SectionTree {
  const headings = findHeadings(text, format, from);
  const [first] = headings;
  if (first === undefined) return { title: null, preamble: text.trim(), sections: [] };
  const ownTitle = isDocumentTitle(headings, text.slice(from, first.start));
  const body = ownTitle ? headings.slice(1) : headings;
  const bodyStart = body[0]?.start ?? text.length;
  const before = text.slice(0, first.start);
  const preamble = ownTitle ? before + text.slice(first.end, bodyStart) : before;
  return {
    title: ownTitle ? first.title : null,
    preamble: preamble.trim(),
    sections: nest(text, body, 0, body.length, text.length),
  };
}

/** The first heading titles the document when nothing but blanks precedes it and no other stands as high. */
function isDocumentTitle(headings: readonly Heading[], before: string): boolean {
  const level = headings[0]?.level ?? 0;
  return before.trim() === '' && headings.slice(1).every((heading) => heading.level > level);
}

function nest(text: string, headings: readonly Heading[], from: number, to: number, end: number): Section[] {
  const sections: Section[] = [];
  for (let at = from; at < to;) {
    const heading = headings[at] as Heading;
    let next = at + 1;
    while (next < to && (headings[next] as Heading).level > heading.level) next += 1;
    const close = next < to ? (headings[next] as Heading).start : end;
    const firstChild = at + 1 < next ? (headings[at + 1] as Heading).start : close;
    sections.push({
      title: heading.title,
      text: text.slice(heading.end, firstChild).trim(),
      whole: text.slice(heading.start, close).trim(),
      children: nest(text, headings, at + 1, next, close),
    });
    at = next;
  }
  return sections;
}
