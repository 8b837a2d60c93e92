/**
 * "Supersedes [ADR-3](0003-x.md)" and its kin: as a line of its own anywhere in a decision record, and within what the
 * record says about its status. Prose states nothing.
 * @module
 */
import type { Reference, StatedRelation } from './source-document.js';
import type { StatusText } from './status-text.js';

/** Also as adr-tools spells it. */
const PHRASE = /(?<![\w-])(?:super[sc]eded[ \n-]by|super[sc]edes|replaces|replaced[ \n-]by)\b/;

/** In a list, in bold, or after `Status:`. */
const STATEMENT = new RegExp(
  `${/^[ \t>*+-]*(?:status\**[ \t]*:[ \t*]*)?/.source}(${PHRASE.source})${/:?\**[ \t:]*(.*)$/.source}`,
  'i',
);

/** In Markdown and in reStructuredText. */
const LINK = /\[([^\]]*)\]\(<?([^)>\s]+)>?[^)]*\)|`([^`<]*)<([^`>]+)>`__?/;
const NUMBER = /\badr[-_ ]?\d{1,6}\b/;

/** A number in brackets after a link says the same once more. */
const REFERENCE = new RegExp(`(?:${LINK.source})(?:\\s*\\(${NUMBER.source}\\))?|${NUMBER.source}`, 'gi');

/** A phrase, and text that goes on with references alone. */
const NAMING = /[*_:]{0,6}\s*/;
const ONE =
  /[*_]{0,3}(?:\[[^\]]{0,500}\]\([^)]{1,2000}\)(?:\s*\(adr[-_ ]?\d{1,6}\))?|`[^`<]{0,500}<[^`>]{1,2000}>`__?|\badr[-_ ]?\d{1,6}\b)[*_]*/;
const BETWEEN = /\s*(?:,\s*and\b|,|&|\band\b)\s*/;
const MENTION = new RegExp(
  `(${PHRASE.source})${NAMING.source}(${ONE.source}(?:${BETWEEN.source}${ONE.source})*)`,
  'gi',
);

/** Words before a phrase that make it no statement about this record: denied, conditional, yet to come, another's. */
const DOUBT =
  /\b(?:not|never|no longer|may|might|could|would|will|should|shall|to|whether|if|unless|until|when|once|which|that|than)\b|n['’]t\b|\badr[-_ ]?\d|\]\(|[|{]/i;

/** A sentence goes on after the references, so what it says of them is more than the phrase. */
const GOES_ON = /^\s+(?!(?:on|since|as|and|but|or|from)\b|in\s+\d)[a-z]/;

/** Lines that begin with a phrase, then what the status says; the same statement counts once. */
export function readSupersessions(lines: readonly string[], status: readonly StatusText[]): StatedRelation[] {
  const found = [...lines.flatMap(statement), ...status.flatMap(mentions)];
  const first = new Map<string, StatedRelation>();
  for (const one of found) {
    const name = `${one.other} ${one.reference.by} ${one.reference.text}`;
    if (!first.has(name)) first.set(name, one);
  }
  return [...first.values()];
}

function statement(line: string): StatedRelation[] {
  const [, phrase, rest = ''] = STATEMENT.exec(line) ?? [];
  if (phrase === undefined) return [];
  // "Supersedes A, superseded by B" says two things.
  const next = rest.search(new RegExp(PHRASE, 'i'));
  if (next === -1) return relations(phrase, rest, line);
  const own = line.slice(0, line.length - rest.length + next).replace(/[\s,;*_]{1,9}$/, '');
  return [...relations(phrase, rest.slice(0, next), own), ...mentions({ kind: 'line', text: `${phrase} ${rest}` })];
}

function mentions({ kind, text: written }: StatusText): StatedRelation[] {
  const text = withoutCode(written);
  const found: StatedRelation[] = [];
  let from = 0;
  for (const match of text.matchAll(MENTION)) {
    const [whole, phrase = '', references = ''] = match;
    const before =
      text
        .slice(from, match.index)
        .split(/[.,;:!?](?=\s)|[(–—]/)
        .at(-1) ?? '';
    from = match.index + whole.length;
    if (DOUBT.test(before)) continue;
    const opens = /^[\s>*_+-]*$/.test(before);
    if (kind === 'section' && !opens && GOES_ON.test(text.slice(from))) continue;
    found.push(...relations(phrase, references, whole));
  }
  return found;
}

function relations(phrase: string, references: string, words: string): StatedRelation[] {
  const other = /by$/i.test(phrase) ? 'source' : 'target';
  const stated = plain(words);
  return referencesIn(references).map((reference) => ({ other, reference, relation: 'fork', reason: null, stated }));
}

/** Links within the memory, and numbers outside of links. */
function referencesIn(text: string): Reference[] {
  const references: Reference[] = [];
  for (const match of text.matchAll(REFERENCE)) {
    const link = match[2] ?? match[4];
    if (link === undefined) references.push({ by: 'any', text: match[0] });
    else if (!/^[a-z][a-z0-9+.-]*:/i.test(link)) references.push({ by: 'path', text: link });
  }
  return references;
}

/** Without code and comments; in reStructuredText a link stands between backticks too. */
function withoutCode(text: string): string {
  return text
    .replace(/<!--[\s\S]*?(?:-->|$)/g, '')
    .replace(/`[^`]*`__?|`[^`]*`/g, (quoted) => (quoted.endsWith('_') ? quoted : ''));
}

/** The words of a text without its markup: `Supersedes ADR-0003`. */
function plain(text: string): string {
  return text
    .replace(new RegExp(LINK, 'g'), (_, markdown?: string, _path?: string, rst?: string) =>
      (markdown ?? rst ?? '').trim(),
    )
    .replace(/^[ \t>*+-]+|\*\*/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
