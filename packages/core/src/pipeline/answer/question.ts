/**
 * What a question asks: its parts, what kind of answer each part wants, and what it names.
 * @module
 */
import { analyze, isStopTerm } from '../../search/analyzer.js';
import { asksToTell, withoutAsking } from './asking.js';
import { labelsOf, type Label } from './labels.js';
import { ASKS_FOR_STANDING } from './standing.js';

export const QUESTION_KINDS = [
  'status',
  'reason',
  'replacement',
  'time',
  'person',
  'quantity',
  'place',
  'definition',
  'comparison',
  'method',
  'other',
] as const;

export type QuestionKind = (typeof QUESTION_KINDS)[number];

export interface QuestionPart {
  readonly text: string;
  readonly kind: QuestionKind;
  /** Stems that carry the meaning; those that only say what kind of question it is are left out. */
  readonly terms: readonly string[];
  /** Things named by word and number; a part that only says `it` takes those of the part before. */
  readonly labels: readonly Label[];
  /** It asks after something that failed or was refused. */
  readonly negative: boolean;
  /** Of a replacement: `What did PEP 345 replace?` asks for what came before, not after. */
  readonly backwards: boolean;
  /** `pep` for `which PEP …`: the answer is something that goes by such a label. */
  readonly wants: string | null;
  /** It asks who wrote or proposed a thing, and its terms do not say so. */
  readonly authorship: boolean;
  /** Most sentences worth giving to it. */
  readonly most: number;
}

export interface Question {
  readonly text: string;
  readonly parts: readonly QuestionPart[];
  readonly labels: readonly Label[];
  /** Distinct stems of all parts. */
  readonly terms: readonly string[];
}

// A conjunction starts a part of its own only when a question word or an auxiliary follows it: "tea and coffee" stays.
const PART_BREAK =
  /[?;]+\s+|[,.]?\s+(?:and|but|or|then)(?:\s+also)?\s+(?=(?:what|why|when|who|whom|whose|how|which|where|did|does|do|is|are|was|were|has|have|can|should)\b)/giu;

const KIND_SHAPES: readonly (readonly [QuestionKind, RegExp])[] = [
  ['status', ASKS_FOR_STANDING],
  ['replacement', /\b(?:replac\w*|supersed\w*|succe(?:ed|ss)\w*|obsolet\w*|instead|took (?:over|its place))\b/iu],
  ['reason', /\b(?:why|reasons?|rationale|how come|what (?:led|caused|motivated)|motivat\w+|justif\w+)\b/iu],
  ['comparison', /\b(?:differ\w*|compar\w*|versus|vs\.?|better than|worse than)(?![\p{L}])/iu],
  ['quantity', /\bhow (?:many|much|long|old|often|far|large|big)\b/iu],
  ['time', /\b(?:when|what (?:year|date|day|month|time)|which (?:year|date|day|month)|since when|until when)\b/iu],
  ['person', /\b(?:who|whom|whose|which person|by whom)\b/iu],
  ['place', /\b(?:where|which (?:place|country|city))\b/iu],
  ['method', /\bhow\b/iu],
  ['definition', /\b(?:what|which) (?:is|are|was|were|does|do|did)\b|\b(?:define|meaning of|definition)\b/iu],
];

const NEGATIVE =
  /\b(?:not|n't|never|reject\w*|refus\w*|declin\w*|fail\w*|withdr\w*|abandon\w*|dropp?\w*|turned down|denied|against)\b|n't\b/iu;

/** Words that only shape the question; matching them in a sentence would say nothing. */
const SHAPING = new Set(
  analyze(
    'why reason reasons rationale when who whom whose how what which where replace replaced replaces replacement ' +
      'supersede superseded supersedes instead difference differences differ compare compared did does make made happen happened many much long often',
    { stopWords: 'keep' },
  ),
);

/** As {@link SHAPING}, where a person is asked after: whoever wrote, proposed or authored a thing is its author. */
const AUTHORING = new Set(analyze('write writes wrote written author authors authored propose proposed by'));

const BACKWARDS = /\b(?:did|does|do)\b.*\b(?:replace|supersede|obsolete|succeed)\b/iu;

const WANTED = /\b(?:which|what) (\p{L}{2,12})\b/iu;

const REFERS_BACK = /\b(?:it|its|they|them|their|this|that|these|those|he|she|him|her|his)\b/iu;

const MOST_PARTS = 4;
const SENTENCES_PER_PART = 3;

export function readQuestion(text: string): Question {
  const parts: QuestionPart[] = [];
  for (const piece of text.split(PART_BREAK)) {
    const trimmed = piece.trim();
    if (trimmed === '' || parts.length === MOST_PARTS) continue;
    const part = readPart(trimmed, parts.at(-1));
    parts.push(part);
    // What two named things differ in is seldom said in one sentence: what each of them is must do.
    if (part.kind === 'comparison' && part.labels.length > 1) {
      for (const label of part.labels.slice(0, 2))
        parts.push({ ...part, kind: 'definition', terms: [], labels: [label], wants: null, most: 1 });
    }
  }
  return {
    text,
    parts,
    labels: [...new Set(parts.flatMap((part) => part.labels))],
    terms: [...new Set(parts.flatMap((part) => part.terms))],
  };
}

function readPart(text: string, before: QuestionPart | undefined): QuestionPart {
  const named = labelsOf(text);
  const kind = kindOf(text, named);
  const own = meaningOf(text, kind);
  const inherits = before !== undefined && named.length === 0 && (own.length === 0 || REFERS_BACK.test(text));
  return {
    text,
    kind,
    terms: inherits ? [...new Set([...before.terms, ...own])] : own,
    labels: inherits ? before.labels : named,
    negative: NEGATIVE.test(text),
    backwards: BACKWARDS.test(text),
    wants: WANTED.exec(text)?.[1]?.toLowerCase() ?? null,
    authorship: kind === 'person' && analyze(text).some((term) => AUTHORING.has(term)),
    most: SENTENCES_PER_PART,
  };
}

/** @param labels what the text names: a name and nothing else asks what it is. */
export function kindOf(text: string, labels: readonly Label[] = []): QuestionKind {
  for (const [kind, shape] of KIND_SHAPES) if (shape.test(text)) return kind;
  return asksToTell(text) || (labels.length > 0 && isBareName(text, labels)) ? 'definition' : 'other';
}

function isBareName(text: string, labels: readonly Label[]): boolean {
  const inLabels = new Set(labels.flatMap((label) => analyze(label, { stopWords: 'keep' })));
  return analyze(text).every((term) => inLabels.has(term) || labelsOf(term).length > 0);
}

function meaningOf(text: string, kind: QuestionKind): readonly string[] {
  // `Which PEP …`: the answer is one, its sentences need not say so.
  const about = withoutAsking(text).replace(/\b(?:which \w+|what (?:year|date|day|month|time|hour)\b)/giu, ' ');
  return [...new Set(analyze(about))].filter(
    (term) => !SHAPING.has(term) && !isStopTerm(term) && !(kind === 'person' && AUTHORING.has(term)),
  );
}
