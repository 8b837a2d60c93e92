/**
 * Long documents become a lead with an outline, and parts along their headings. Short ones stay whole.
 * @module
 */
import { createHash } from 'node:crypto';
import type { ParsedDocument, Section } from './source-document.js';

/** UTF-8 bytes up to which a document, or UTF-16 units up to which a section, stays whole. */
export const WHOLE_UP_TO = 6 * 1024;

export interface DocumentPart {
  /** Unique within the document, and the same wherever the section moves to. */
  readonly slug: string;
  /** Headings from the outermost in. */
  readonly headings: readonly string[];
  /** 1 for the only or first piece of a section's text. */
  readonly piece: number;
  readonly text: string;
}

export interface SplitDocument {
  readonly lead: string;
  readonly parts: readonly DocumentPart[];
}

const ABSTRACT = /^(?:\d+[. ]+)?(abstract|summary|overview|synopsis|tl;?dr)\W*$/i;
const OUTLINE_LINES = 100;
const SLUG_LENGTH = 160;

export function splitDocument(document: Pick<ParsedDocument, 'content' | 'preamble' | 'sections'>): SplitDocument {
  if (Buffer.byteLength(document.content) <= WHOLE_UP_TO) return { lead: document.content, parts: [] };
  const parts = new PartList();
  let sections = document.sections;
  const [opening = '', ...further] = pieces(document.preamble);
  let lead = opening;
  further.forEach((text, at) => parts.add([], at + 2, text));
  const [first] = sections;
  if (first !== undefined && ABSTRACT.test(first.title) && lead.length + first.whole.length <= WHOLE_UP_TO) {
    lead = joined([lead, first.whole]);
    sections = sections.slice(1);
  }
  for (const section of sections) parts.addSection(section, []);
  return { lead: joined([lead, outline(sections)]), parts: parts.all };
}

class PartList {
  readonly all: DocumentPart[] = [];
  private readonly taken = new Set<string>();

  addSection(section: Section, above: readonly string[]): void {
    const headings = [...above, section.title];
    if (section.whole.length <= WHOLE_UP_TO) {
      this.addPieces(headings, joined([section.text, ...section.children.map((child) => child.whole)]));
      return;
    }
    this.addPieces(headings, section.text);
    for (const child of section.children) this.addSection(child, headings);
  }

  add(headings: readonly string[], piece: number, text: string, base = this.claim(slugOf(headings))): void {
    this.all.push({ slug: piece === 1 ? base : `${base}~${piece}`, headings, piece, text });
  }

  private addPieces(headings: readonly string[], text: string): void {
    const all = pieces(text);
    if (all.length === 0) return;
    const base = this.claim(slugOf(headings));
    all.forEach((piece, at) => this.add(headings, at + 1, piece, base));
  }

  private claim(slug: string): string {
    // The preamble's pieces share the empty slug; their number tells them apart.
    if (slug === '') return slug;
    let free = slug;
    for (let n = 2; this.taken.has(free); n += 1) free = `${slug}-${n}`;
    this.taken.add(free);
    return free;
  }
}

function joined(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n\n');
}

function outline(sections: readonly Section[]): string {
  const lines: string[] = [];
  const list = (level: readonly Section[], indent: string): void => {
    for (const section of level) {
      if (lines.length >= OUTLINE_LINES) return;
      lines.push(`${indent}- ${section.title}`);
      if (section.whole.length > WHOLE_UP_TO) list(section.children, `${indent}  `);
    }
  };
  list(sections, '');
  return lines.length === 0 ? '' : `Sections:\n\n${lines.join('\n')}`;
}

/** Cuts a text into pieces of at most {@link WHOLE_UP_TO} units: between paragraphs, else lines, else anywhere. */
export function pieces(text: string): string[] {
  if (text.length <= WHOLE_UP_TO) return text === '' ? [] : [text];
  const found: string[] = [];
  let start = 0;
  while (text.length - start > WHOLE_UP_TO) {
    const window = text.slice(start, start + WHOLE_UP_TO);
    const end = start + cutOf(window);
    found.push(text.slice(start, end));
    start = end;
  }
  found.push(text.slice(start));
  return found.map((piece) => piece.replace(/^\n+|\s+$/g, '')).filter((piece) => piece !== '');
}

function cutOf(window: string): number {
  const paragraph = window.lastIndexOf('\n\n');
  if (paragraph > WHOLE_UP_TO / 4) return paragraph + 2;
  const line = window.lastIndexOf('\n');
  if (line > WHOLE_UP_TO / 4) return line + 1;
  const space = window.lastIndexOf(' ');
  if (space > WHOLE_UP_TO / 4) return space + 1;
  // Never between the halves of a surrogate pair.
  const last = window.charCodeAt(window.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? window.length - 1 : window.length;
}

/** `Motivation / Why now?` → `motivation/why-now`. */
export function slugOf(headings: readonly string[]): string {
  const slug = headings
    .map((heading) =>
      heading
        .normalize('NFKD')
        .toLowerCase()
        .replace(/\p{M}+/gu, '')
        .replace(/[^\p{L}\p{N}]+/gu, '-')
        .replace(/^-|-$/g, ''),
    )
    .map((segment) => (segment === '' ? 'section' : segment))
    .join('/');
  if (slug.length <= SLUG_LENGTH) return slug;
  const digest = createHash('sha256').update(slug).digest('hex').slice(0, 8);
  return `${slug.slice(0, SLUG_LENGTH - 9).replace(/[\uD800-\uDBFF]$/, '')}-${digest}`;
}
