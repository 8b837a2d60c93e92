/**
 * A set's folder, read and parsed.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeText } from '../import/decode-text.js';
import { MAX_JSONL_LINE } from '../import/parse-jsonl.js';
import { CommandFailure } from '../usage-error.js';
import { SET_FILES, type ParsedSet, type SetFault, type SetFile } from './evaluation-set.js';
import { parseEvaluationSet } from './parse-evaluation-set.js';

const SHOWN_FAULTS = 20;

/** @throws CommandFailure that names every line at fault, or the file that cannot be read. */
export async function readEvaluationSet(folder: string): Promise<ParsedSet> {
  const texts: Partial<Record<SetFile, string>> = {};
  // One after the other, so that of several missing files the same one is always named.
  for (const file of SET_FILES) texts[file] = await textOf(folder, file);
  const parsed = parseEvaluationSet(texts as Record<SetFile, string>);
  const { faults } = parsed;
  if (faults.length === 0) return parsed;
  const more = faults.length > SHOWN_FAULTS ? [`  … ${faults.length - SHOWN_FAULTS} more`] : [];
  throw new CommandFailure(
    [
      `${folder} cannot be used for an evaluation:`,
      ...faults.slice(0, SHOWN_FAULTS).map((fault) => `  ${lineOf(fault)}`),
      ...more,
    ].join('\n'),
    'Mend these lines and run it again; nothing was written.',
  );
}

/** `qrels.jsonl:7  reason`. */
export function lineOf({ file, line, reason }: SetFault): string {
  return `${file}${line === null ? '' : `:${line}`}  ${reason}`;
}

async function textOf(folder: string, file: SetFile): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(join(folder, file));
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    throw new CommandFailure(
      `${join(folder, file)} does not exist.`,
      `A set is a folder with ${SET_FILES.join(', ')}; see docs/guides/evaluation.md.`,
    );
  }
  const decoded = decodeText(bytes, MAX_JSONL_LINE);
  if (decoded.ok) return decoded.text;
  throw new CommandFailure(`${join(folder, file)} cannot be read: ${decoded.reason}.`);
}
