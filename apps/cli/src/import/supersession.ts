/**
 * "Supersedes [ADR-3](0003-x.md)" and its kin: as a line of its own anywhere in a decision record, as a heading, label or
 * first cell with what it names below or beside it, and within what the record says about its status. Prose states
 * nothing.
 * @module
 */
import { leadsElsewhere } from './link-forms.js';
import type { Reference, StatedRelation } from './source-document.js';
import type { StatusText } from './status-text.js';
import { BARE, BETWEEN, LINK, NUMBER, ONE, PHRASE, statementsBelow } from './supersession-forms.js';

/** In a list, in bold, or after `Status:`. */
const STATEMENT = new RegExp(
  `${/^[ \t>*+_-]*(?:status[*_]*[ \t]*:[ \t*_]*)?/.source}(${PHRASE.source})${/([*_: \t]*)(.*)$/.source}`,
  'i',
);

/** A row whose first cell is the phrase. */
const ROW = new RegExp(`${/^[ \t|*_]*/.source}(${PHRASE.source})${/[*_: \t]*\|(.*)$/.source}`, 'i');

/** A number in brackets after a link says the same once more. */
const REFERENCE = new RegExp(`(?:${LINK.source})(?:\\s*\\(${NUMBER.source}\\))?|${NUMBER.source}`, 'gi');
const REFERENCE_OR_BARE = new RegExp(`${REFERENCE.source}|${BARE.source}`, 'gi');

/** A phrase, and text that goes on with references alone. */
const NAMING = /[*_:]{0,6}\s*/;
const LIST = `${ONE.source}(?:${BETWEEN.source}${ONE.source})*`;
const MENTION = new RegExp(`(${PHRASE.source})${NAMING.source}(${LIST})`, 'gi');
const LEADING = new RegExp(`^${LIST}`, 'i');

/** Words before a phrase that make it no statement about this record: denied, conditional, yet to come, another's. */
const DOUBT =
  /\b(?:not|never|no longer|may|might|could|would|will|should|shall|to|whether|if|unless|until|when|once|which|that|than)\b|n['’]t\b|\badr[-_ ]?\d|\]\(|[|{]/i;

/** Words after a phrase that say it names nothing. */
const DENIED =
  /^(?:(?:no|not|none|nothing|neither|never|null|nil|tbd|todo|unknown|n\/?a)(?![\p{L}\p{N}_/-])|[^\p{L}\p{N}]*$)/iu;

/** A sentence goes on after the references, so what it says of them is more than the phrase. */
const GOES_ON = /^\s+(?!(?:on|since|as|and|but|or|from)\b|in\s+\d)[a-z]/;

/** A name longer than this is prose. */
const MAX_NAME = 200;

export interface Supersessions {
  /** By link or number. */
  readonly relations: readonly StatedRelation[];
  /** What stands after `Supersedes:` and is neither: it may be a name all the same, and is not passed over in silence. */
  readonly named: readonly StatedRelation[];
  /** Whether the status states one. */
  readonly inStatus: boolean;
}

/** Statements on lines, below headings and in rows, then what the status says; the same statement counts once. */
export function readSupersessions(lines: readonly string[], status: readonly StatusText[]): Supersessions {
  const stated = lines.flatMap((line) => row(line) ?? statement(line));
  const below = statementsBelow(lines).flatMap(({ phrase, item, listed }) => {
    const list = LEADING.exec(item)?.[0];
    if (list === undefined || (!listed && GOES_ON.test(item.slice(list.length)))) return [];
    return relations(phrase, list, `${phrase} ${list}`);
  });
  const mentioned = status.flatMap(mentions);
  return {
    relations: unique([...stated, ...below, ...mentioned]),
    named: unique(lines.flatMap(nameAfterLabel)),
    inStatus: mentioned.length > 0,
  };
}

function unique(found: readonly StatedRelation[]): StatedRelation[] {
  const first = new Map<string, StatedRelation>();
  for (const one of found) {
    const name = `${one.other} ${one.reference.by} ${one.reference.text}`;
    if (!first.has(name)) first.set(name, one);
  }
  return [...first.values()];
}

function statement(line: string): StatedRelation[] {
  const [, phrase, , rest = ''] = STATEMENT.exec(line) ?? [];
  if (phrase === undefined || DENIED.test(rest)) return [];
  // "Supersedes A, superseded by B" says two things.
  const next = rest.search(new RegExp(PHRASE, 'i'));
  if (next === -1) return relations(phrase, rest, line);
  const own = line.slice(0, line.length - rest.length + next).replace(/[\s,;*_]{1,9}$/, '');
  return [...relations(phrase, rest.slice(0, next), own), ...mentions({ kind: 'line', text: `${phrase} ${rest}` })];
}

/** What a row states; null for a line that is none. */
function row(line: string): StatedRelation[] | null {
  const [, phrase, cells] = ROW.exec(line) ?? [];
  if (phrase === undefined || cells === undefined) return null;
  return new RegExp(PHRASE, 'i').test(cells) ? [] : statement(asLabel(phrase, cells));
}

function asLabel(phrase: string, cells: string): string {
  return `${phrase}: ${cells.split('|').join(' ').trim()}`;
}

function nameAfterLabel(line: string): StatedRelation[] {
  const [, rowPhrase, cells] = ROW.exec(line) ?? [];
  const written = rowPhrase !== undefined && cells !== undefined ? asLabel(rowPhrase, cells) : line;
  const [, phrase, glue = '', rest = ''] = STATEMENT.exec(written) ?? [];
  if (phrase === undefined || !glue.includes(':') || statement(written).length > 0) return [];
  const name = rest.replace(/[*_]+$|[.;][*_]*\s*$/g, '').trim();
  if (name.length > MAX_NAME || DENIED.test(name) || /[[\]|<>`{]|:\/\//.test(name)) return [];
  if (new RegExp(PHRASE, 'i').test(name)) return [];
  return [related(phrase, { by: 'any', text: name }, plain(written))];
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

/** Bare numbers count as far as nothing but references has been named; further on they are quantities. */
function relations(phrase: string, references: string, words: string): StatedRelation[] {
  const list = LEADING.exec(references)?.[0] ?? '';
  const found = [...referencesIn(list, REFERENCE_OR_BARE), ...referencesIn(references.slice(list.length), REFERENCE)];
  const stated = plain(words);
  return found.map((reference) => related(phrase, reference, stated));
}

function related(phrase: string, reference: Reference, stated: string): StatedRelation {
  return { other: /by$/i.test(phrase) ? 'source' : 'target', reference, relation: 'fork', reason: null, stated };
}

/** Links within the memory, and numbers outside of links. */
function referencesIn(text: string, forms: RegExp): Reference[] {
  const references: Reference[] = [];
  for (const match of text.matchAll(forms)) {
    const link = match[2] ?? match[4];
    if (link === undefined) {
      const bare = /^#?(\d+)$/.exec(match[0])?.[1];
      references.push(bare === undefined ? { by: 'any', text: match[0] } : { by: 'number', text: bare });
    } else if (!leadsElsewhere(link)) references.push({ by: 'path', text: link });
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
    .replace(/^[ \t>*+_-]+|\*\*/g, '')
    .replace(/\s+/g, ' ')
    .replace(/[_*]{1,9}$/, '')
    .trim();
}
