/**
 * Bytes of one file to documents, by its format.
 * @module
 */
import { decodeText } from './decode-text.js';
import { parseDocument } from './parse-document.js';
import { parseJsonl } from './parse-jsonl.js';
import type { ParseResult, SourceFile } from './source-document.js';

export function parseFile(file: Pick<SourceFile, 'path' | 'format'>, bytes: Uint8Array): ParseResult {
  // In JSONL an overlong line is that line's problem alone.
  const decoded = file.format === 'jsonl' ? decodeText(bytes, Infinity) : decodeText(bytes);
  if (!decoded.ok) {
    return { documents: [], problems: [{ path: file.path, line: null, severity: 'failed', reason: decoded.reason }] };
  }
  return file.format === 'jsonl'
    ? parseJsonl(file.path, decoded.text)
    : parseDocument(file.path, file.format, decoded.text);
}
