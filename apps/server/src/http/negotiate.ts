/** Which of two media types a client would rather have. @module */

interface Range {
  readonly type: string;
  readonly quality: number;
}

/**
 * True when the Accept header names `type` and does not prefer `usual` to it (RFC 9110 §12.5.1). Of equals the first
 * one wins. A wildcard asks for what is usual.
 */
export function prefers(accept: string | undefined, type: string, usual: string): boolean {
  const ranges = (accept ?? '').split(',').map(rangeOf);
  const wanted = ranges.findIndex((range) => range.type === type);
  const other = ranges.findIndex((range) => range.type === usual);
  const quality = ranges[wanted]?.quality ?? 0;
  if (quality === 0) return false;
  const otherQuality = ranges[other]?.quality ?? 0;
  return quality > otherQuality || (quality === otherQuality && wanted < other);
}

function rangeOf(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const given = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = given === undefined ? 1 : Number(given.slice(2));
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}
