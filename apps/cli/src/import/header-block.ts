/**
 * RFC 822 style headers at the start of a document, as PEPs have them: `Name: value` lines up to the first blank one,
 * values folded over indented lines.
 * @module
 */
import type { DocumentNumber } from './source-document.js';

export interface HeaderBlock {
  /** Names as written, in order; a repeated name keeps all its values. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** Offset of the first character after the block. */
  readonly end: number;
}

const HEADER = /^([A-Za-z][A-Za-z0-9-]{0,60}):(?:[ \t]+(.*)|)$/;

/** A scheme is an acronym whose header holds nothing but the document's number. */
const SCHEME = /^[A-Z]{2,8}$/;

/** One line of `Note: …` at the top of a page is prose; these names, or a number of its own, make it a header block. */
const TELLING = new Set(['title', 'status', 'author', 'replaces', 'requires', 'superseded-by', 'supersedes']);

/** The header block `text` begins with, or null. */
export function readHeaderBlock(text: string): HeaderBlock | null {
  const headers: { name: string; value: string }[] = [];
  let at = 0;
  while (at < text.length) {
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(at, end);
    const next = newline === -1 ? end : end + 1;
    if (line.trim() === '') {
      at = next;
      break;
    }
    const folded = /^[ \t]/.test(line) ? headers.at(-1) : undefined;
    if (folded !== undefined) {
      folded.value = `${folded.value} ${line.trim()}`.trim();
    } else {
      const match = HEADER.exec(line);
      if (match === null) return null;
      headers.push({ name: match[1] ?? '', value: (match[2] ?? '').trim() });
    }
    at = next;
  }
  const telling = headers.filter((header) => TELLING.has(header.name.toLowerCase())).length;
  const block = { headers, end: at };
  return telling >= 2 || (telling >= 1 && numberOf(block) !== null) ? block : null;
}

/** The first value of a header, whatever its case; null when absent or empty. */
export function headerValue(block: HeaderBlock, name: string): string | null {
  return block.headers.find((header) => header.name.toLowerCase() === name && header.value !== '')?.value ?? null;
}

/** The document's own number: `PEP: 566`. */
export function numberOf(block: HeaderBlock): DocumentNumber | null {
  for (const { name, value } of block.headers) {
    if (SCHEME.test(name) && /^\d{1,9}$/.test(value)) return { scheme: name, value: Number(value) };
  }
  return null;
}

/** `Post-History` → `post_history`: how a header is named in metadata. */
export function metadataName(header: string): string {
  return header.toLowerCase().replaceAll('-', '_');
}
