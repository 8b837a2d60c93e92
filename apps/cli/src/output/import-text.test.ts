import { describe, expect, it } from 'vitest';
import { importText, type ImportSummary } from './import-text.js';

const NOTHING: ImportSummary = {
  ...{ dry_run: false, files: 0, ignored: 0, documents: 0, sections: 0, relations: 0, problems: [], seconds: 0 },
  ...{ created: 0, versioned: 0, unchanged: 0, archived: 0, unarchived: 0, left_alone: 0 },
};
const text = (summary: Partial<ImportSummary>): string =>
  importText({ ...NOTHING, ...summary }, ['.md', '.txt'], (_, words) => words);

describe('what an import did', () => {
  it.each([
    [
      { files: 1, documents: 1, created: 1 },
      '1 file: 1 document in 1 capsule, 0 relations.\n1 created, 0 new versions',
    ],
    [
      { files: 2, documents: 2, relations: 1, versioned: 1 },
      '2 files: 2 documents in 2 capsules, 1 relation.\n0 created, 1 new version,',
    ],
    [{ files: 1, documents: 1, sections: 1, unarchived: 1 }, '1 file: 1 document in 2 capsules'],
  ])('[IMP-21] counts in words that fit: %j', (summary, start) => {
    expect(text(summary).startsWith(start)).toBe(true);
  });

  it('[IMP-19] [IMP-21] names what was left alone only where something was', () => {
    expect(text({ files: 1, documents: 1, left_alone: 2 })).toContain(', 2 archived by somebody, left alone');
    expect(text({ files: 1, documents: 1 })).not.toContain('left alone');
  });

  it.each([
    [
      { ignored: 1 },
      'Nothing to import: looked for .md, .txt and found only 1 other file. Hidden files are passed over.',
    ],
    [{}, 'Nothing to import: looked for .md, .txt and found no files. Hidden files are passed over.'],
    [{ files: 2 }, 'Nothing to import: 2 files read, no document that could be stored.'],
  ])('[IMP-21] says where nothing was importable: %j', (summary, words) => {
    expect(text(summary)).toBe(words);
  });
});
