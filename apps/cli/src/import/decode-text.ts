/**
 * Bytes to text, refusing what the memory could not keep faithfully.
 * @module
 */

/** A longer line is data or an accident, not prose. UTF-16 code units. */
export const MAX_LINE_LENGTH = 1024 * 1024;

export type Decoded = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

/** Text with `\n` line ends and no byte-order mark, or why it is none. */
export function decodeText(bytes: Uint8Array, maxLineLength = MAX_LINE_LENGTH): Decoded {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { ok: false, reason: 'not valid UTF-8' };
  }
  const nul = text.indexOf('\0');
  if (nul !== -1) return { ok: false, reason: `contains a NUL character (line ${lineOf(text, nul)})` };
  if (text.includes('\r')) text = text.replace(/\r\n?/g, '\n');
  const long = firstLongLine(text, maxLineLength);
  if (long !== null) return { ok: false, reason: `line ${long} is longer than ${maxLineLength} characters` };
  return { ok: true, text };
}

/** 1-based line of an offset. */
export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

function firstLongLine(text: string, max: number): number | null {
  if (text.length <= max) return null;
  let start = 0;
  for (let line = 1; ; line += 1) {
    const end = text.indexOf('\n', start);
    if ((end === -1 ? text.length : end) - start > max) return line;
    if (end === -1) return null;
    start = end + 1;
  }
}
