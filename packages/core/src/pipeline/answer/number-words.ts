/**
 * Numbers that are spelt out.
 * @module
 */

const ONES =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

/** `one` is left out but behind a ten: it is a pronoun more often than a number. */
const NUMBER_WORDS = new RegExp(
  `\\b(?:(${TENS.join('|')})(?:[- ](${ONES.slice(1, 10).join('|')}))?|(${ONES.filter((word) => word !== 'one').join('|')})|(?:(?:an?|one) )?(hundred))\\b`,
  'giu',
);

const MEASURE =
  /(\d+(?:[.,]\d+)*)[ -](second|minute|hour|day|week|month|quarter|year|decade|percent|euro|dollar|pound|shilling|mile|metre|meter|kilometre|kilometer|gram|kilogram|litre|liter)s?\b/giu;

/** Each number of a text in digits together with the unit it counts: `7 year`. */
export function measuresIn(digits: string): readonly string[] {
  return [...digits.matchAll(MEASURE)].map(
    ([, number, unit]) => `${number as string} ${(unit as string).toLowerCase()}`,
  );
}

/** A text with the numbers it spells out in digits, up to a hundred. */
export function inDigits(text: string): string {
  return text.replace(NUMBER_WORDS, (_, tens?: string, ones?: string, small?: string) => {
    if (tens !== undefined) {
      const unit = ones === undefined ? 0 : ONES.indexOf(ones.toLowerCase());
      return String((TENS.indexOf(tens.toLowerCase()) + 2) * 10 + unit);
    }
    return small === undefined ? '100' : String(ONES.indexOf(small.toLowerCase()));
  });
}
