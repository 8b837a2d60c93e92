/**
 * Labels: names made of a word and a number, by which documents of many kinds point at each other in prose
 * (`PEP 340`, `:pep:`343``, `ADR-0012`, `RFC 9162`, `section 4.2`).
 * @module
 */

/** A label in one spelling for all: lower-case word, one space, number without leading zeros. */
export type Label = string;

// Between word and number: a space, a dash, or the quoting of a reStructuredText role.
const LABEL =
  /(?<![\p{L}\p{N}])([A-Za-z]{2,12})(?:[ _#]|-|\.? |:`|` ?)?(?<![0-9])0*(\d{1,7}(?:\.\d+){0,3})(?![\p{L}\p{N}])/gu;

/** Words before a number that name no thing: `in 2005`, `about 30`, `May 4`. */
const UNNAMING = new Set(
  (
    'a an about above after all an and approximately around as at before below between but by circa during ever exactly ' +
    'first for from has have if in into is it its just last least less more most nearly next no of on only or other ' +
    'over past per roughly since some than that the these this those to under until up was were when with within ' +
    'jan january feb february mar march apr april may jun june jul july aug august sep sept september oct october nov ' +
    'november dec december year years'
  ).split(' '),
);

/** The labels of a text, distinct, in order of appearance. */
export function labelsOf(text: string): readonly Label[] {
  const labels = new Set<Label>();
  for (const match of text.matchAll(LABEL)) {
    const word = (match[1] as string).toLowerCase();
    if (!UNNAMING.has(word)) labels.add(`${word} ${match[2] as string}`);
  }
  return [...labels];
}

/** A title names its document at its start; further on (`Changes to PEP 1`) it names what the document is about. */
export function headOfTitle(title: string): string {
  return title.slice(0, 16);
}

/** A text with all of its labels in one spelling: `pep-0008` and `:pep:`8`` as `pep 8`. */
export function plainLabels(text: string): string {
  return text.replace(LABEL, (label: string, word: string, number: string) =>
    UNNAMING.has(word.toLowerCase()) ? label : `${word} ${number}`,
  );
}

/** The label that a title begins with, and what the title is apart from it; both empty where it begins otherwise. */
export function labelAtHead(title: string): { readonly label: string; readonly rest: string } {
  const [match] = title.matchAll(LABEL);
  if (match?.index !== 0 || UNNAMING.has((match[1] as string).toLowerCase())) return { label: '', rest: '' };
  return { label: match[0], rest: title.slice(match[0].length) };
}

/** What a label is indexed as. No word begins like it, so that none is taken for one that is still being typed. */
export const labelTerm = (label: Label): string => `#${label}`;
