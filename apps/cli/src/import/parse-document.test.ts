import { describe, expect, it } from 'vitest';
import { givenDocument, givenFile } from './given-documents.js';

describe('front matter', () => {
  it('[IMP-1] gives title, type, tags, key, collection, position and validity; the rest is metadata', () => {
    const document = givenDocument(
      'a.md',
      '---\ntitle: Keys\ntype: decision\ntags: [sqlite, wal]\nkey: k-1\ncollection: x/y\nposition: 3\nvalid-from: 2024-01-02\nowner: me\nsince: 2020-05-06\n---\n# Other title\n\nText.\n',
    );
    expect(document).toMatchObject({
      title: 'Keys',
      type: 'decision',
      tags: ['sqlite', 'wal'],
      key: 'k-1',
      collection: 'x/y',
      position: 3,
      validFrom: '2024-01-02',
      metadata: { owner: 'me', since: '2020-05-06', source_path: 'a.md' },
    });
    expect(document.content).toBe('# Other title\n\nText.');
  });

  it('[IMP-1] keeps what cannot be honoured as metadata and says so', () => {
    const { documents, problems } = givenFile(
      'a.md',
      '---\ntype: poem\nposition: -1\ntags: {a: 1}\nvalid_to: soon\n---\nText.',
    );
    expect(documents[0]).toMatchObject({ type: 'knowledge', position: null, tags: [], validTo: null });
    expect(documents[0]?.metadata).toMatchObject({ type: 'poem', position: -1, tags: { a: 1 }, valid_to: 'soon' });
    expect(problems.map(({ severity }) => severity)).toEqual(['warning', 'warning', 'warning', 'warning']);
  });

  it('[IMP-1] states relations one by one, in lists, and with relation and reason', () => {
    const { relations } = givenDocument(
      'a.md',
      `---
derived_from:
  - { path: b.md, relation: summary, reason: shorter }
  - { key: k-2 }
  - 7f9c24e8-3b12-4fef-91d0-0e1e2c3d4f5a
supersedes: old.md
requires: [c.md, 12]
superseded_by: new.md
---
Text.`,
    );
    expect(
      relations.map(({ other, relation, reference, reason }) => [
        other,
        relation,
        reference.by,
        reference.text,
        reason,
      ]),
    ).toEqual([
      ['target', 'summary', 'path', 'b.md', 'shorter'],
      ['target', 'fork', 'key', 'k-2', null],
      ['target', 'fork', 'id', '7f9c24e8-3b12-4fef-91d0-0e1e2c3d4f5a', null],
      ['target', 'fork', 'any', 'old.md', null],
      ['target', 'citation', 'any', 'c.md', null],
      ['target', 'citation', 'number', '12', null],
      ['source', 'fork', 'any', 'new.md', null],
    ]);
  });

  it.each([
    ['[ADR 4](0004-w.md)', 'path', '0004-w.md'],
    ['[ADR 4](<0004-w.md> "Four")', 'path', '0004-w.md'],
    ['[[0004-w|Four]]', 'path', '0004-w'],
    ['[that](https://example.org/4.md)', 'any', '[that](https://example.org/4.md)'],
    ['see [ADR 4](0004-w.md)', 'any', 'see [ADR 4](0004-w.md)'],
  ])('[IMP-1] takes a link in a relation for its path: %s', (text, by, named) => {
    const { relations } = givenDocument('a.md', `---\nsuperseded_by: '${text}'\n---\nText.`);
    expect(relations.map(({ reference }) => reference)).toEqual([{ by, text: named }]);
  });

  it('[IMP-1] refuses a relation of an unknown kind, keeping it as metadata', () => {
    const { documents, problems } = givenFile(
      'a.md',
      '---\nderived_from: [{path: b.md, relation: cousin}, {nothing: 1}]\n---\nText.',
    );
    expect(documents[0]?.relations).toEqual([]);
    expect(documents[0]?.metadata['derived_from']).toHaveLength(2);
    expect(problems).toHaveLength(2);
  });

  it('[IMP-1] takes what stands under `id` for a name unless it has the form of one', () => {
    const { relations } = givenDocument(
      'a.md',
      '---\nderived_from: [{id: b.md}, {id: "12"}, {id: 7F9C24E8-3B12-4FEF-91D0-0E1E2C3D4F5A}]\n---\nText.',
    );
    expect(relations.map(({ reference: { by, text } }) => [by, text])).toEqual([
      ['any', 'b.md'],
      ['number', '12'],
      ['id', '7f9c24e8-3b12-4fef-91d0-0e1e2c3d4f5a'],
    ]);
  });

  it('[IMP-1] is no front matter when it is prose between two rules, or does not come first', () => {
    expect(givenDocument('a.md', '---\nJust prose.\n---\nMore.').content).toContain('Just prose.');
    expect(givenDocument('a.md', 'Before\n\n---\ntitle: no\n---\n').title).toBe('a');
  });

  it.each([
    ['unclosed: [1, 2', 'line 2'],
    ['a: 1\na: 2', 'line 3'],
    ['fine: 1\n\tbad: 2', 'line 3'],
  ])('[IMP-10] names the line of bad YAML: %j', (yaml, line) => {
    const { documents, problems } = givenFile('a.md', `---\n${yaml}\n---\nText.`);
    expect(documents).toEqual([]);
    expect(problems).toEqual([
      { path: 'a.md', line: null, severity: 'failed', reason: expect.stringContaining(line) as string },
    ]);
  });

  it('[IMP-10] refuses aliases that multiply and values that JSON cannot carry', () => {
    const laughs = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefg'.split('').map(
        (name, i) =>
          `${name}: &${name} [${Array(9)
            .fill(`*${'abcdef'[i] ?? ''}`)
            .join(',')}]`,
      ),
    ];
    for (const yaml of [laughs.join('\n'), 'n: 99999999999999999999', 'n: .inf']) {
      const { documents, problems } = givenFile('a.md', `---\n${yaml}\n---\nText.`);
      expect(documents).toEqual([]);
      expect(problems[0]?.severity).toBe('failed');
    }
  });
});

const PEP = `PEP: 345
Title: Metadata for Python
 Software Packages 1.2
Author: A. Person,
        B. Person
Status: Superseded
Replaces: 314
Requires: 214, 218,
          301
Superseded-By: 566
Resolution: one
Resolution: two

Abstract
========

Words.
`;

describe('header blocks', () => {
  it('[IMP-2] unfolds lines, reads lists of numbers, and tells which way a relation points', () => {
    const document = givenDocument('pep-0345.rst', PEP);
    expect(document).toMatchObject({
      title: 'Metadata for Python Software Packages 1.2',
      shortName: 'PEP 345',
      number: { scheme: 'PEP', value: 345 },
      type: 'decision',
    });
    expect(document.relations.map(({ other, relation, reference }) => [other, relation, reference.text])).toEqual([
      ['target', 'fork', '314'],
      ['target', 'citation', '214'],
      ['target', 'citation', '218'],
      ['target', 'citation', '301'],
      ['source', 'fork', '566'],
    ]);
  });

  it('[IMP-2] keeps headers as metadata, repeated ones as a list', () => {
    const { metadata } = givenDocument('pep-0345.rst', PEP);
    expect(metadata).toMatchObject({
      status: 'Superseded',
      author: 'A. Person, B. Person',
      resolution: ['one', 'two'],
    });
    expect(metadata).not.toHaveProperty('title');
  });

  it('[IMP-2] takes a lone "Note: …" for prose, and reads CRLF files alike', () => {
    expect(givenDocument('a.txt', 'Note: this is prose.\n\nMore.').metadata).toEqual({ source_path: 'a.txt' });
    expect(givenDocument('pep-0345.rst', PEP.replaceAll('\n', '\r\n'))).toEqual(givenDocument('pep-0345.rst', PEP));
  });
});

describe('decision records', () => {
  const record = (body: string) => givenDocument('adr/0007-use-wal.md', `# 7. Use WAL\n\n${body}\n`);

  it.each([
    ['Supersedes [ADR-3](0003-journal.md)', 'target', '0003-journal.md'],
    ['Superseded by [9. No WAL](0009-no-wal.md)', 'source', '0009-no-wal.md'],
    ['Superceded by [9. No WAL](0009-no-wal.md)', 'source', '0009-no-wal.md'],
    ['- **Supersedes:** ADR-0003', 'target', 'ADR-0003'],
    ['Status: Superseded by ADR 9', 'source', 'ADR 9'],
    ['* **Status**: superseded by [ADR-9](./0009-no-wal.md)', 'source', './0009-no-wal.md'],
    ['Replaced by `the other <0009-no-wal.md>`_', 'source', '0009-no-wal.md'],
  ])('[IMP-3] reads "%s"', (line, other, text) => {
    const { relations } = record(`## Status\n\nAccepted\n\n${line}`);
    expect(relations.map((one) => [one.other, one.relation, one.reference.text])).toEqual([[other, 'fork', text]]);
  });

  const two = '[ADR-0002](0002-x.md)';
  const nine = '[Nine](0009-x.md)';

  it.each([
    [`**Status:** Accepted, supersedes ${two}.`, 'target 0002-x.md'],
    [`Status: Accepted (replaces ADR-2 and ${two})`, 'target ADR-2', 'target 0002-x.md'],
    [`* Status: deprecated since 2024, later superseded by ADR-9 for new services`, 'source ADR-9'],
    [`## Status\n\nAccepted. Supersedes ${two}.`, 'target 0002-x.md'],
    [`## Status\n\nAccepted. Supersedes\n${two} for new services.\n\n## Context`, 'target 0002-x.md'],
    [`Status\n------\n\nAccepted\n\nThis decision was superseded by ${nine} on 2024-05-06.`, 'source 0009-x.md'],
    [`## Status\n\nAccepted\nSupersedes ${two}\nSuperseded by ${nine}`, 'target 0002-x.md', 'source 0009-x.md'],
    [`Status: Supersedes ${two}, superseded by ${nine}`, 'target 0002-x.md', 'source 0009-x.md'],
    [`Supersedes ${two} and superseded by ${nine}`, 'target 0002-x.md', 'source 0009-x.md'],
    [`Superseded by ${nine}, which replaces ${two}`, 'source 0009-x.md'],
    [`| Status | Superseded by ${nine} |\n|--|--|`, 'source 0009-x.md'],
    [`| Date | 2024 |\n|--|--|\n| **Status** | Accepted, replaces ${two} |`, 'target 0002-x.md'],
  ])('[IMP-3] reads the status %j', (body, ...stated) => {
    const { type, relations } = record(body);
    expect(relations.map(({ other, reference }) => `${other} ${reference.text}`)).toEqual(stated);
    expect(type).toBe('decision');
  });

  it.each([
    `## Status\n\nAccepted\n\n## Context\n\nThe journal, superseded by ${nine}. It works. Supersedes ${two}.`,
    `Status\n\nAccepted\n\nIn use. Supersedes ${two}.`,
    `## Status\n\nAccepted. We doubt whether this supersedes ${two}.`,
    `Status: Accepted, not superseded by ${nine}`,
    `Status: Accepted, will be superseded by ${nine}`,
    `Status: [proposed | accepted | superseded by ${nine}]`,
    `Status: Accepted <!-- or superseded by ${nine} -->`,
    'Status: Accepted, see `supersedes ADR-2`',
    `## Status\n\nAccepted beside ADR-5 that replaces ${two}.`,
    '## Status\n\nAccepted. Supersedes [that](https://example.org/3.md).',
    '## Status\n\nAccepted. Supersedes everything before.',
    `| State | Superseded by ${nine} |\n|--|--|\n\nStatus: Accepted`,
  ])('[IMP-3] reads no relation in %j', (body) => {
    expect(record(body).relations).toEqual([]);
  });

  it('[IMP-3] reads long lines of marks and brackets without going over them again and again', () => {
    const long = [
      '*',
      ' ',
      '[',
      '[[',
      '_',
      '<',
      '# ',
      '1. ',
      'supersedes [',
      'supersedes: 1 x, ',
      '| supersedes ',
      'status ',
      'superseded by **',
      '`',
    ].map((text) => text.repeat(20_000));
    const started = performance.now();
    expect(
      record(['## Status', ...long, ...long.map((text) => `Status: supersedes${text}`)].join('\n\n')).relations,
    ).toEqual([]);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  const refs = (document: ReturnType<typeof givenDocument>): string[] =>
    document.relations.map(({ other, reference }) => `${other} ${reference.by} ${reference.text}`);

  it.each([
    [`## Supersedes\n\n- ${two}\n- [ADR-1](0001-x.md): the first\n\n## Context\n\n- ${nine}`, '0002-x.md', '0001-x.md'],
    [`Supersedes\n----------\n\n1. ${two}`, '0002-x.md'],
    [`### 4. Supersedes:\n\n${two}`, '0002-x.md'],
    [`Supersedes:\n\n- ${two}\n* _[ADR-1](0001-x.md)_\n\nMore on ${nine}.`, '0002-x.md', '0001-x.md'],
    [`Supersedes:\n${two}\n${nine} is another matter`, '0002-x.md'],
    [`- **Supersedes**:\n  - ${two}\n- ${nine}`, '0002-x.md'],
    [`_Supersedes ${two}_`, '0002-x.md'],
    [`**Supersedes** ${two}`, '0002-x.md'],
    ['Supersedes [Two][2].\n\n[2]: 0002-x.md', '0002-x.md'],
    ['Supersedes [Two][].\n\n[two]: <0002-x.md> "Two"', '0002-x.md'],
    ['Supersedes [Two].\n\n[two]: 0002-x.md', '0002-x.md'],
    [`| Field | Value |\n|--|--|\n| **Supersedes** | ${two} |`, '0002-x.md'],
    ['Supersedes [[0002-x]]', '0002-x'],
    ['Supersedes [[0002 x|Two]], [[0001-x]]', '0002%20x', '0001-x'],
    ['Supersedes <0002-x.md>', '0002-x.md'],
    ['Supersedes: `two <0002-x.md>`_', '0002-x.md'],
  ])('[IMP-3] reads what is superseded in %j', (body, ...paths) => {
    expect(refs(record(body))).toEqual(paths.map((path) => `target path ${path}`));
  });

  it.each([
    ['Supersedes: 3', 'target 3'],
    ['Superseded by: 0012', 'source 0012'],
    ['## Status\n\nSupersedes 0010', 'target 0010'],
    ['## Status\n\nAccepted. Supersedes #11.', 'target 11'],
    ['Status: superseded by 12', 'source 12'],
    ['Supersedes: 3, #4 and 5', 'target 3', 'target 4', 'target 5'],
    ['## Supersedes\n\n- 3\n- #4', 'target 3', 'target 4'],
    ['| Superseded by | 12 |', 'source 12'],
  ])('[IMP-3] takes a number alone for one of the same numbering: %j', (body, ...stated) => {
    expect(refs(record(body))).toEqual(stated.map((one) => one.replace(' ', ' number ')));
  });

  it.each([
    '## Status\n\nAccepted. Supersedes 3 services and 4.5 tools.',
    '## Status\n\nReplaces 12-factor configuration.',
    'This does not supersede 3.',
    '## Status\n\nAccepted, not superseded by 12',
    'Supersedes: none',
    `Superseded by: nothing, see ${nine}`,
    'Supersedes: not [ADR-3](0003-x.md)',
    'Supersedes: —',
    '| Supersedes | n/a |',
    `| Supersedes | Superseded by |\n|--|--|\n| ${two} | ${nine} |`,
    'the field old_supersedes: 3',
    `## Supersedes nothing\n\n- ${two}`,
    `## Supersedes\n\nNone. ${two} stays.\n\n${nine} goes on beside it.`,
    'Supersedes: [that](https://example.org/3.md)',
    'Supersedes <https://example.org/3.md>',
    '## Supersedes\n\n<!--\n- [ADR-3](0003-x.md)\nSupersedes [ADR-3](0003-x.md)\n-->',
    '```\n## Supersedes\n- [ADR-3](0003-x.md)\n```',
  ])('[IMP-3] takes for no statement: %j', (body) => {
    expect(refs(record(body))).toEqual([]);
  });

  it('[IMP-3] keeps what a label names otherwise, so that it is looked up and reported', () => {
    expect(refs(record('Status: Accepted\n\nSupersedes: the old journal.'))).toEqual(['target any the old journal']);
    expect(refs(record('| Status | Accepted |\n| Superseded by | use-b |'))).toEqual(['source any use-b']);
    // A name that may be prose makes no decision record.
    expect(givenDocument('0001-intro.md', '# Intro\n\nReplaces: the old page').type).toBe('knowledge');
  });

  it.each([
    ['use-a.md', '# Use A\n\n## Status\n\nSuperseded by [Use B](use-b.md)', 'source path use-b.md'],
    ['use-b.md', '# Use B\n\n## Status\n\nAccepted\n\nSupersedes [Use A](use-a.md)', 'target path use-a.md'],
    ['use-c.md', '# Use C\n\nStatus: superseded by [Use B](use-b.md)', 'source path use-b.md'],
    ['use-d.md', '# Use D\n\n## Status\n\nAccepted'],
    ['20200202-new.md', '# New\n\n- Status: superseded by [x](20200101-old.md)', 'source path 20200101-old.md'],
  ])('[IMP-3] needs no short number for a decision record: %s', (path, text, ...stated) => {
    const document = givenDocument(path, text);
    expect(document.type).toBe('decision');
    expect(refs(document)).toEqual(stated);
  });

  it.each([
    '# Notes\n\n## Status\n\nAccepted papers are listed below.',
    '# Notes\n\n## Status\n\nIn progress',
    '# Notes\n\nStatus: accepted',
    '# Notes\n\nSupersedes [the other](other.md)',
  ])('[IMP-3] takes without a number for no decision record: %j', (text) => {
    expect(givenDocument('notes.md', text)).toMatchObject({ type: 'knowledge', relations: [] });
  });

  it('[IMP-3] takes a numbered document whose metadata names what superseded it for a decision record', () => {
    const document = givenDocument('0008-h.md', '---\nsuperseded-by: ADR-0009\n---\n# Eighth\n\nText.');
    expect(document).toMatchObject({ type: 'decision', number: { scheme: 'ADR', value: 8 } });
    expect(givenDocument('0008-h.md', '---\nrequires: a.md\n---\n# Eighth\n\nText.').type).toBe('knowledge');
  });

  it('[IMP-3] states once what status and line both say, in its words', () => {
    const { relations } = record(`Status: Accepted, supersedes **${two}**\n\n- **Supersedes**: ${two}`);
    expect(relations.map(({ stated }) => stated)).toEqual(['Supersedes: ADR-0002']);
    expect(record(`Status: Accepted, supersedes **${two}**`).relations[0]?.stated).toBe('supersedes ADR-0002');
  });

  it('[IMP-3] states nothing by a sentence, in fenced code, or by a link to another site', () => {
    const document = record(
      '## Status\n\nAccepted\n\nThis supersedes [ADR-3](0003-journal.md) in spirit.\n\n```\nSupersedes [ADR-3](0003-journal.md)\n```\n\nSupersedes [that](https://example.org/3.md)',
    );
    expect(document.relations).toEqual([]);
  });

  it.each([
    ['## Status\n\nAccepted', 'Accepted'],
    ['Status: Proposed', 'Proposed'],
    ['* Status: Rejected', 'Rejected'],
    ['Status\n------\n\nDeprecated', 'Deprecated'],
    ['| Status | Rejected |\n|--|--|', 'Rejected'],
  ])('[IMP-3] finds the status in %j', (body, status) => {
    expect(record(body)).toMatchObject({ type: 'decision', number: { scheme: 'ADR', value: 7 }, metadata: { status } });
  });

  it('[IMP-3] is no decision record without a number or without status and relations', () => {
    expect(givenDocument('notes.md', '# Notes\n\nStatus: fine').type).toBe('knowledge');
    expect(givenDocument('0001-intro.md', '# Intro\n\nWords.').type).toBe('knowledge');
  });
});

describe('plain documents', () => {
  it.each([
    ['a.md', '# A title\n\nText.', 'A title'],
    ['a.md', 'A title\n===\n\nText.', 'A title'],
    ['a.md', 'Text without a title.', 'a'],
    ['a.md', '```\n# not a title\n```\n', 'a'],
    ['a.rst', '=======\nA title\n=======\n\nText.', 'A title'],
    ['b.txt', 'Only text.', 'b'],
  ])('[IMP-1] titles %s %j', (path, text, title) => {
    expect(givenDocument(path, text).title).toBe(title);
  });

  it('[IMP-10] reports a document without text', () => {
    expect(givenFile('a.md', '---\ntitle: x\n---\n \n').problems).toEqual([
      { path: 'a.md', line: null, severity: 'failed', reason: 'has no text' },
    ]);
  });
});
