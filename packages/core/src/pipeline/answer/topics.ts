/**
 * What the text under a title or heading is about as a whole: under `Retention`, a sentence about seven years need not
 * say the word again.
 * @module
 */
import { analyze } from '../../search/analyzer.js';
import { SECTION_MARK } from '../../search/title-names.js';
import { labelsOf } from './labels.js';

/** Words for the kind of text, not for what it is about: `our retention policy` is what stands under `Retention`. */
const GENRES: ReadonlySet<string> = new Set(
  analyze(
    'policy policies rule rules guideline guidelines guidance procedure process practice plan arrangement instructions ' +
      'schedule document documentation page note notes record description',
  ),
);

const OPENING = /^(?:abstract|introduction|overview|summary|about)$/iu;

/** Stems of what a text of this title, and under this heading, is about; those of each by themselves, none of them empty. */
export function topicsOf(title: string, heading = ''): readonly ReadonlySet<string>[] {
  const path = title.split(SECTION_MARK).map((piece) => piece.trim());
  // An introduction speaks of the whole.
  const last = path.length > 1 && OPENING.test(path.at(-1) ?? '') ? path.at(-2) : path.at(-1);
  return [last ?? '', heading].map(topicOf).filter((topic) => topic.size > 0);
}

function topicOf(heading: string): ReadonlySet<string> {
  const names = new Set(labelsOf(heading).flatMap((label) => analyze(label, { stopWords: 'keep' })));
  return new Set(analyze(heading).filter((term) => !names.has(term) && !GENRES.has(term)));
}

/**
 * What of `asked` follows from a text's topics: all words of a topic that is asked after in full, and then words for the
 * kind of text too.
 */
export function answeredByTopic(
  asked: ReadonlySet<string>,
  topics: readonly ReadonlySet<string>[],
): ReadonlySet<string> {
  const whole = topics.filter((topic) => [...topic].every((term) => asked.has(term)));
  if (whole.length === 0) return NOTHING;
  return new Set([...whole.flatMap((topic) => [...topic]), ...[...asked].filter((term) => GENRES.has(term))]);
}

const NOTHING: ReadonlySet<string> = new Set();
