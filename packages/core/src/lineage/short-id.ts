/** Ids and texts as people read them on one line. @module */

/** The random end of an id; its beginning is a time, which neighbours share. */
export function shortId(id: string): string {
  return id.length <= 8 ? id : `…${id.slice(-8)}`;
}

/** Controls, line breaks, and marks that reorder what surrounds them: none of them may reach a terminal. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g;

/** The text on one line without anything a terminal would act on; `max` in characters, the last one an ellipsis. */
export function oneLine(text: string, max: number): string {
  const line = text.replace(UNPRINTABLE, ' ').trim();
  const characters = [...line.slice(0, 2 * max + 2)];
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join('')}…`;
}
