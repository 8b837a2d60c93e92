/**
 * Reading and parsing what was discovered, a few files ahead of the parser.
 * @module
 */
import { open } from 'node:fs/promises';
import { constants } from 'node:fs';
import { unreadable, MAX_FILE_BYTES, type Discovery } from './discover.js';
import { parseFile } from './parse-file.js';
import type { ImportProblem, ParsedDocument, ParseResult, SourceFile } from './source-document.js';

const AHEAD = 16;

/** Parses every file; a file that cannot be read is a problem among the others. `onFile` is told after each how many files are done, and how many documents they held. */
export async function readDocuments(
  { files, problems }: Pick<Discovery, 'files' | 'problems'>,
  onFile: (done: number, documents: number) => void = () => {},
): Promise<{ documents: ParsedDocument[]; problems: ImportProblem[] }> {
  const documents: ParsedDocument[] = [];
  const found: ImportProblem[] = [...problems];
  const pending: Promise<ParseResult>[] = [];
  for (let at = 0; at < files.length; at += 1) {
    while (pending.length < AHEAD && at + pending.length < files.length) {
      pending.push(readDocument(files[at + pending.length] as SourceFile));
    }
    const result = await (pending.shift() as Promise<ParseResult>);
    // Not spread into push: a JSONL file may hold more lines than a call takes arguments.
    for (const document of result.documents) documents.push(document);
    for (const problem of result.problems) found.push(problem);
    onFile(at + 1, documents.length);
  }
  return { documents, problems: found };
}

async function readDocument(file: SourceFile): Promise<ParseResult> {
  const failed = (reason: string): ParseResult => ({
    documents: [],
    problems: [{ path: file.path, line: null, severity: 'failed', reason }],
  });
  try {
    // What was a regular file a moment ago may be a link or a pipe by now: neither followed nor waited for.
    const handle = await open(file.absolutePath, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const info = await handle.stat();
      if (!info.isFile() || info.size > MAX_FILE_BYTES) return failed('changed while importing');
      return parseFile(file, await handle.readFile());
    } finally {
      await handle.close();
    }
  } catch (error) {
    return failed(unreadable(error));
  }
}
