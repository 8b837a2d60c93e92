/**
 * The sentences an answer may quote, each with what is needed to weigh it.
 * @module
 */
import type { CapsuleHeader } from '../../capsule/capsule.js';
import { analyze } from '../../search/analyzer.js';
import { splitSentences } from '../../search/sentences.js';
import type { Source } from './answer-provider.js';
import { asksForAsides, isAsideSection } from './asides.js';
import { labelsOf, namesOf, type Label } from './labels.js';
import { proseOf, type ProseBlock } from './prose.js';
import type { Relevance } from './relevance.js';
import { answeredByTopic, topicsOf } from './topics.js';

export interface Candidate {
  readonly source: Source;
  /** Capsules of one document share it. */
  readonly document: string;
  /** Offsets into the source's content. */
  readonly start: number;
  readonly end: number;
  /** Where the sentence before it starts, when this one leans on that one to be understood. */
  readonly leadIn: number | null;
  /** An exact substring of the content. */
  readonly text: string;
  readonly terms: ReadonlySet<string>;
  /** Of the sentences right before and after. */
  readonly nearTerms: readonly ReadonlySet<string>[];
  readonly labels: ReadonlySet<Label>;
  /** Headings above it: of the document, then of the section. */
  readonly heading: string;
  readonly headingTerms: ReadonlySet<string>;
  /** What the text it stands in is about as a whole. */
  readonly topics: readonly ReadonlySet<string>[];
  readonly kind: ProseBlock['kind'];
  /** Sentences of the same source before it, header fields aside. */
  readonly order: number;
  readonly inPassage: boolean;
}

/** Longer content is read around its passage and at its start only; the answer to a question is rarely elsewhere. */
const READ_WHOLE = 16_000;
const READ_START = 4_000;
const READ_AROUND = 4_000;

/** `I therefore reject it.` says nothing alone. */
const LEANING =
  /^(?:(?:\w+ )?(?:therefore|thus|hence|consequently|however)|so|but|it|they|them|he|she|these|those|that|the (?:former|latter)|for (?:this|that|these) reasons?|this (?:is|was|means|makes|would|has|had))\b|\b(?:before|after|until|since|because of|instead of) (?:that|this|then)[.,;]/iu;

const SHORTEST = 12;
const LONGEST = 700;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu;
const FEWEST_WORDS = 3;
const FEWEST_WORDS_UNENDED = 9;

/**
 * Blocks that are not relevant are passed over, unless they are header fields or what was asked is their topic.
 * @param asked stems
 */
export function candidatesOf(
  source: Source,
  relevant: Relevance,
  asked: ReadonlySet<string> = new Set(),
): readonly Candidate[] {
  const { capsule, content, passage } = source;
  const title = capsule.title ?? '';
  const asides = asksForAsides(asked);
  if (!asides && isAsideSection(title)) return [];
  const titleTerms = analyze(title);
  const headings = new Map<string, HeadingMeaning>();
  const candidates: Candidate[] = [];
  const document = documentOf(source);
  let fields = 0;
  for (const [from, to] of windowsOf(source)) {
    for (const block of proseOf(content.slice(from, to), asides)) {
      let meaning = headings.get(block.heading);
      if (meaning === undefined) {
        const topics = topicsOf(title, block.heading);
        const terms = new Set([...titleTerms, ...analyze(block.heading)]);
        meaning = { terms, topics, asked: answeredByTopic(asked, topics).size > 0 };
        headings.set(block.heading, meaning);
      }
      const about = block.kind === 'field' || meaning.asked;
      if (!about && !relevant(content.slice(from + block.start, from + block.end))) continue;
      const sentences = [...sentencesOf(content, from + block.start, from + block.end, block.kind)].map(
        ([start, end]) => {
          const text = content.slice(start, end);
          return { start, end, text, terms: new Set(analyze(text)) };
        },
      );
      for (const [index, { start, end, text, terms }] of sentences.entries()) {
        if (!isQuotable(text, block.kind)) continue;
        if (block.kind === 'field') fields++;
        const before = sentences[index - 1];
        const after = sentences[index + 1];
        const leadIn = before !== undefined && LEANING.test(text) ? before : null;
        candidates.push({
          source,
          document,
          start,
          end,
          leadIn: leadIn?.start ?? null,
          text,
          terms: leadIn === null ? terms : new Set([...leadIn.terms, ...terms]),
          nearTerms: [before?.terms, after?.terms].filter((near) => near !== undefined),
          labels: new Set([...labelsOf(text), ...(block.kind === 'field' ? barePointers(text, capsule) : [])]),
          heading: block.heading === '' ? title : `${title} / ${block.heading}`,
          headingTerms: meaning.terms,
          topics: meaning.topics,
          kind: block.kind,
          order: Math.max(0, candidates.length - fields),
          inPassage: start < passage.end && end > passage.start,
        });
      }
    }
  }
  return candidates;
}

interface HeadingMeaning {
  readonly terms: ReadonlySet<string>;
  readonly topics: readonly ReadonlySet<string>[];
  readonly asked: boolean;
}

const POINTING_FIELD =
  /^(?:superseded-by|supersedes|replace[sd](?:-by)?|obsolete[sd](?:-by)?|requires|amends?|updates?)\s*:/iu;

/** `Superseded-By: 314` in a document that goes by `pep 241` points to `pep 314`. */
function barePointers(field: string, capsule: CapsuleHeader): readonly Label[] {
  if (!POINTING_FIELD.test(field)) return [];
  const [name] = namesOf(capsule);
  if (name === undefined) return [];
  const word = name.slice(0, name.indexOf(' '));
  return [...field.matchAll(/(?<![\p{L}\d.])0*(\d{1,7})(?![\p{L}\d.])/gu)].map(
    (match) => `${word} ${match[1] as string}`,
  );
}

/** A collection with positions is one document in parts; any other capsule is a document of its own. */
export function documentOf({ capsule }: Source): string {
  return capsule.collection !== null && capsule.position !== null ? capsule.collection : capsule.seriesId;
}

/** True when a capsule goes by this label. */
export function goesBy(candidate: Candidate, label: Label): boolean {
  return namesOf(candidate.source.capsule).has(label);
}

function windowsOf({ content, passage }: Source): readonly (readonly [number, number])[] {
  if (content.length <= READ_WHOLE) return [[0, content.length]];
  const start = lineEnd(content, READ_START);
  const from = Math.max(start, lineStart(content, passage.start - READ_AROUND));
  const to = lineEnd(content, passage.end + READ_AROUND);
  return to > from
    ? [
        [0, start],
        [from, to],
      ]
    : [[0, start]];
}

function lineStart(content: string, at: number): number {
  return at <= 0 ? 0 : content.lastIndexOf('\n', at) + 1;
}

function lineEnd(content: string, at: number): number {
  const end = content.indexOf('\n', at);
  return end < 0 ? content.length : end;
}

function* sentencesOf(
  content: string,
  start: number,
  end: number,
  kind: ProseBlock['kind'],
): Iterable<readonly [number, number]> {
  if (kind === 'field') {
    yield [start, end];
    return;
  }
  // Blocks end at list items already: what looks like the start of one in the middle of a paragraph is a soft-wrapped
  // line that happens to begin with a number, a dash or a role (`:pep:`1``).
  const block = content.slice(start, end).replace(/(\n[ \t]*)[^\p{L}\s]/gu, '$1§');
  for (const sentence of splitSentences(block)) {
    let from = start + sentence.start;
    let to = start + sentence.end;
    while (from < to && /\s/u.test(content[from] as string)) from++;
    while (to > from && /\s/u.test(content[to - 1] as string)) to--;
    if (to > from) yield [from, to];
  }
}

function isQuotable(text: string, kind: ProseBlock['kind']): boolean {
  if (text.length > LONGEST) return false;
  if (kind === 'field') return true;
  // Two characters of a script without spaces say as much as a word.
  const unspaced = (text.match(UNSPACED)?.length ?? 0) / 2;
  if ((text.length < SHORTEST && unspaced === 0) || text.endsWith(':') || text.endsWith('::')) return false;
  const words =
    unspaced +
    text
      .replace(UNSPACED, '')
      .split(/\s+/u)
      .filter((word) => /\p{L}{2}/u.test(word)).length;
  // Without a full stop it may be a heading in an outline.
  return words >= (/[.!?…;:"”')\]。！？」』]$/u.test(text) ? FEWEST_WORDS : FEWEST_WORDS_UNENDED);
}
