/**
 * Words by which prose gives away what kind of answer it holds.
 * @module
 */
import type { QuestionKind, QuestionPart } from './question.js';
import { SAYS_STANDING, STATUS_FIELD } from './standing.js';

interface Cue {
  /** In the sentence itself. */
  readonly sentence: RegExp;
  /** Weaker signs of the same. */
  readonly hint: RegExp | null;
  /** In the heading or title above it. */
  readonly heading: RegExp | null;
  /** A header field that answers outright. */
  readonly field: RegExp | null;
  /** Words for searching within a document that the question names. */
  readonly search: string;
}

const WEEKDAY = '(?:mon|tues|wednes|thurs|fri|satur|sun)days?';
const SMALL_NUMBER = '(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)';
const PERIOD =
  '(?:hour|day|night|morning|afternoon|evening|week|weekend|month|quarter|year|spring|summer|autumn|winter)';

/** Times of the day and of the week, and how often. */
const RECURRING = [
  '\\d{1,2}:\\d{2}(?::\\d{2})?',
  "\\d{1,2} ?(?:am|pm|a\\.m|p\\.m|o['’]clock)",
  `${SMALL_NUMBER} (?:am|pm|a\\.m|p\\.m|o[\u0027’]clock|in the (?:morning|afternoon|evening))`,
  `at (?:about |around |half past |a quarter (?:past|to) )?(?:${SMALL_NUMBER}|\\d{1,2})(?! ?(?:%|percent|\\w+s\\b)|[.:]\\d)`,
  '(?:at|before|after|until|by|around) (?:noon|midday|midnight|dawn|dusk|night|sunrise|sunset|lunch(?:time)?)',
  `(?:every|each|once an?|twice an?) (?:other |second |${SMALL_NUMBER} )?(?:${PERIOD}s?|${WEEKDAY})`,
  `(?:on|every|each|by|until|from) ${WEEKDAY}`,
  '(?:hourly|daily|nightly|weekly|fortnightly|monthly|quarterly|yearly|annually)',
].join('|');

const MONTH = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\\.?';

const CUES: Readonly<Record<QuestionKind, Cue>> = {
  reason: {
    sentence:
      /\b(?:because|reasons?|rationale|decided|rejected|rejecting|rejects|therefore reject|in favou?r of|due to|motivated|motivation|in order to|so that|the problem (?:is|was|with)|therefore|justif\w+)\b/iu,
    hint: /\b(?:since|as a result|avoid\w*|chosen|chose|allows?|makes? it|would (?:be|have)|too \w+|lack\w*|concern\w*|unfortunately)\b/iu,
    heading: /\b(?:rationale|motivation|reject\w*|why|reason\w*|justification|background|resolution|decision)\b/iu,
    field: /^(?:resolution|reason|rationale)\b/iu,
    search: 'rationale reason because motivation decision',
  },
  status: {
    sentence: SAYS_STANDING,
    hint: null,
    heading: /\b(?:status|resolution|reject\w*|withdraw\w*|accept\w*|acceptance|defer\w*)\b/iu,
    field: STATUS_FIELD,
    search: 'status resolution accepted rejection withdrawn',
  },
  replacement: {
    sentence:
      /\b(?:replac\w+|supersed\w+|obsolet\w+|in favou?r of|successor|evolved into|merged into|became|takes? the place)\b/iu,
    hint: /\b(?:instead|withdr[ae]w\w*|variant|alternative|new version|updated? version|deprecat\w+|moved to|revis\w+)\b/iu,
    heading: /\b(?:reject\w*|supersed\w*|replac\w*|withdraw\w*|status|abstract|resolution|history)\b/iu,
    field: /^(?:superseded-by|supersedes|replace[sd](?:-by)?|obsolete[sd](?:-by)?)\b/iu,
    search: 'replaces superseded in favor of instead rejection withdrawn',
  },
  time: {
    sentence: new RegExp(
      `\\b\\d{4}-\\d{2}-\\d{2}\\b|\\b\\d{1,2}(?:st|nd|rd|th)?[ -](?:of )?${MONTH}\\b|\\b${MONTH} \\d{1,4}\\b|\\b(?:in|since|until|by|of|from) (?:19|20)\\d{2}\\b|\\b\\d{1,2}/\\d{1,2}/\\d{2,4}\\b|\\b(?:${RECURRING})(?![\\p{L}\\p{N}])`,
      'iu',
    ),
    hint: /\b(?:(?:19|20)\d{2}|yesterday|today|tomorrow|last (?:week|month|year|night|\w+day)|next (?:week|month|year)|ago|\w+day|(?:mon|tues|wednes|thurs|fri|satur|sun)days|noon|midnight|morning|evening|(?:before|after|until) (?:that|then|the|an?|each|every)|as soon as|not before|no later than|within|created|released|python \d\.\d+)\b/iu,
    heading: /\b(?:created|schedule|history|timeline|release|date)\b/iu,
    field: /^(?:created|date|published|resolution|last-modified|updated|released?)\b/iu,
    search: 'date created released schedule',
  },
  person: {
    sentence:
      /\b(?!The |This |That |In |It |We |If |For |As |When )[A-Z][a-z]+(?:\s+(?:van|von|de|der|da|la))?\s+[A-Z][a-z]+/u,
    hint: /\b(?:authors?|written by|proposed by|by|wrote|said|maintain\w+|delegate|sponsor|owner|I|he|she)\b/u,
    heading: /\b(?:authors?|acknowledge?ments?|credits|people|contributors?)\b/iu,
    field: /^(?:authors?|by|from|owner|editors?|creator)\b/iu,
    search: 'author',
  },
  quantity: {
    sentence:
      /\b(?:\d[\d,.]*|(?:bi)?annual\w*|yearly|monthly|weekly|daily|two|three|four|five|six|seven|eight|nine|ten|twelve|hundred|thousand|million|dozen|twice|once)\b/iu,
    hint: /\b(?:at most|at least|maximum|minimum|limit\w*|per|every|percent|several|many)\b|%/iu,
    heading: null,
    field: null,
    search: 'number limit',
  },
  place: {
    sentence: /\b(?:in|at|near|from|to|on) (?:the )?[A-Z][a-z]+/u,
    hint: /\b(?:located|place|directory|folder|home|country|city)\b/iu,
    heading: null,
    field: null,
    search: 'location place',
  },
  definition: {
    sentence:
      /\b(?:(?:is|are|was) (?:an?|the)|means|refers to|proposes?|describes?|defines?|introduces?|specifies|adds|provides?|consists of)\b/iu,
    hint: /\b(?:called|known as|allows?|lets|that is|i\.e\.)/iu,
    heading: /\b(?:abstract|introduction|overview|summary|definition|what)\b/iu,
    field: null,
    search: 'abstract introduction overview',
  },
  comparison: {
    sentence: /\b(?:unlike|whereas|than|differ\w*|compared|in contrast|rather than|as opposed|distinction)\b/iu,
    hint: /\b(?:while|but|however|instead|advantage\w*|both|only)\b/iu,
    heading: /\b(?:compar\w+|differ\w+|alternatives?|versus)\b/iu,
    field: null,
    search: 'difference compared unlike',
  },
  method: {
    sentence: /\b(?:by \w+ing|using|steps?|must|should|first|then|in order to|uses?|call(?:s|ed|ing)?)\b/iu,
    hint: /\b(?:can|will|when|procedure|process|algorithm|works?)\b/iu,
    heading: /\b(?:specification|how|usage|implementation|process|procedure|example)\b/iu,
    field: null,
    search: 'how specification',
  },
  other: { sentence: /(?!)/u, hint: null, heading: null, field: null, search: '' },
};

/** Who does a thing may be named by an office. Whoever wrote one is named by name. */
const OFFICE =
  /\b(?:engineers?|managers?|keepers?|officers?|directors?|teams?|lead|boards?|committees?|council|department|operators?|administrators?|clerks?|secretar(?:y|ies)|chair(?:man|woman|person)?|president|staff|crew|nurses?|doctors?)\b/iu;
const OFFICE_STRENGTH = 0.3;

const NEGATIVE_SENTENCE =
  /\b(?:reject\w*|withdr[ae]w\w*|abandon\w*|declin\w*|refus\w*|not (?:accept|be accepted|approv|pursu|recommend)\w*|turned down|no (?:\w+ )?(?:consensus|support|interest|agreement)|not enough|lack of|insufficient|unpopular|objections?|opposed|against|drawbacks?|problems?)\b/iu;
const NEGATIVE_HEADING =
  /\b(?:reject\w*|withdraw\w*|objections?|problems?|drawbacks?|abandon\w*|resolution|status)\b/iu;

/** Words that make a sentence point at the thing it names. */
const POINTER =
  /\b(?:in favou?r of|replac\w+|supersed\w+|obsolet\w+|instead|withdr[ae]w\w*|successor|merged into|moved to|split (?:off|into)|became|evolved|see|described in|defined in|specified in|now covered by|alternative)\b/iu;

export function pointsElsewhere(sentence: string): boolean {
  return POINTER.test(sentence);
}

export interface CuedText {
  readonly text: string;
  readonly heading: string;
  readonly kind: 'paragraph' | 'field';
}

/** 0–1: how much a sentence sounds like an answer of the kind a part asks for. */
export function cueOf(part: QuestionPart, { text: sentence, heading, kind }: CuedText): number {
  const cue = CUES[part.kind];
  if (kind === 'field') return cue.field?.test(sentence) === true ? 1 : 0;
  let strength = cue.sentence.test(sentence) ? 0.65 : cue.hint?.test(sentence) === true ? 0.3 : 0;
  if (part.kind === 'person' && !part.authorship && OFFICE.test(sentence))
    strength = Math.max(strength, OFFICE_STRENGTH);
  if (strength > 0 && cue.heading?.test(heading) === true) strength += 0.2;
  if (part.negative) {
    if (NEGATIVE_SENTENCE.test(sentence)) strength += 0.35;
    if (strength > 0 && NEGATIVE_HEADING.test(heading)) strength += 0.2;
  }
  return Math.min(1, strength);
}

/** What to search for within a document that the question names. */
export function focusWords(parts: readonly QuestionPart[]): string {
  const words = parts.map((part) => `${CUES[part.kind].search}${part.negative ? ' rejected rejection withdrawn' : ''}`);
  return [...new Set(words.join(' ').split(' '))].filter((word) => word !== '').join(' ');
}
