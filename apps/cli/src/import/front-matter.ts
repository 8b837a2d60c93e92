/**
 * YAML front matter: a mapping between two `---` lines at the very start of a document.
 * @module
 */
import { parseDocument } from 'yaml';
import type { JsonObject } from '@forge-cascade/core';
import { isJsonObject, jsonFault } from './json-faults.js';

export type FrontMatter =
  | { readonly ok: true; readonly fields: JsonObject; readonly rest: string }
  | { readonly ok: false; readonly reason: string };

const FENCED = /^---[ \t]*\n([\s\S]*?)(?:^|\n)(?:---|\.\.\.)[ \t]*(?:\n|$)/;

/** Aliases may repeat a value this often; more is a "billion laughs". */
const MAX_ALIASES = 50;

/** Splits a document. Without front matter `fields` is empty and `rest` the whole text. */
export function readFrontMatter(text: string): FrontMatter {
  const match = FENCED.exec(text);
  if (match === null) return { ok: true, fields: {}, rest: text };
  let value: unknown;
  try {
    // The core schema keeps dates as the strings they were written as.
    const document = parseDocument(match[1] ?? '', { schema: 'core', prettyErrors: false });
    const [error] = document.errors;
    if (error !== undefined) {
      const line = (match[1] ?? '').slice(0, error.pos[0]).split('\n').length + 1;
      return { ok: false, reason: `bad YAML front matter (line ${line}): ${firstLine(error.message)}` };
    }
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    return { ok: false, reason: `bad YAML front matter: ${firstLine(error instanceof Error ? error.message : '')}` };
  }
  // Prose between two thematic breaks parses as a string: not front matter.
  if (value === null) return { ok: true, fields: {}, rest: text.slice(match[0].length) };
  if (!isJsonObject(value)) return { ok: true, fields: {}, rest: text };
  const fault = jsonFault(value);
  if (fault !== null) return { ok: false, reason: `front matter ${fault}` };
  return { ok: true, fields: value, rest: text.slice(match[0].length) };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
