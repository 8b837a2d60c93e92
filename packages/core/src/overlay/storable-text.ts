/** A guest's words as they can be stored and told on. @module */

/**
 * The beginning of a text: no half of a surrogate pair and no U+0000, which nothing could store, and at most `most`
 * characters, counted as JavaScript does. A pair is never cut in two.
 */
export function storableText(text: string, most: number): string {
  const begun = text.slice(0, most);
  const cutInTwo = text.length > most && /[\ud800-\udbff]$/.test(begun);
  const whole = cutInTwo ? begun.slice(0, -1) : begun;
  return whole.toWellFormed().replaceAll('\0', '\ufffd');
}
