import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { givenDocument, givenPlan } from './given-documents.js';
import { collectionsBeside } from './import-plan.js';
import type { ParsedDocument } from './source-document.js';
import { planImport } from './plan-import.js';

const front = (yaml: string, text = 'Text.'): string => `---\n${yaml}\n---\n${text}`;
const pep = (number: number, headers = ''): string =>
  `${[`PEP: ${number}`, `Title: T${number}`, headers].join('\n').trim()}\n\nWords.`;

describe('relations', () => {
  it('[IMP-4] maps each way of stating one', () => {
    const plan = givenPlan({
      'a.md': 'A',
      'b.md': 'B',
      'plain.md': front('derived_from: a.md'),
      'named.md': front(
        'derived_from: [{path: a.md, relation: summary, reason: short}, {path: b.md, relation: refutes}]',
      ),
      'newer.md': front('supersedes: a.md'),
      'needs.md': front('requires: [a.md, b.md]'),
      'old.md': front('superseded_by: newest.md'),
      'newest.md': 'N',
      'pep-0002.rst': pep(2, 'Replaces: 1\nRequires: 3'),
      'pep-0001.rst': pep(1, 'Superseded-By: 2'),
      'pep-0003.rst': pep(3),
    });
    expect(plan.edges).toEqual([
      'named.md < refutes < b.md',
      'named.md < summary < a.md',
      'needs.md < citation < a.md',
      'needs.md < citation < b.md',
      'newer.md < fork < a.md',
      'newest.md < fork < old.md',
      'pep-0002.rst < citation < pep-0003.rst',
      'pep-0002.rst < fork < pep-0001.rst',
      'plain.md < fork < a.md',
    ]);
    expect(plan.problems).toEqual([]);
    expect(plan.at('named.md').derivedFrom.map(({ reason }) => reason)).toEqual(['short', 'derived_from: b.md']);
    expect(plan.at('newest.md').derivedFrom[0]?.reason).toContain('stated by root/old.md');
  });

  it('[IMP-4] lets the statement under which less trust can hide win where two differ', () => {
    const plan = givenPlan({
      'pep-0001.rst': pep(1, 'Superseded-By: 2'),
      'pep-0002.rst': pep(2, 'Requires: 1'),
    });
    expect(plan.edges).toEqual(['pep-0002.rst < fork < pep-0001.rst']);
  });

  it.each([
    ['key', 'k-1'],
    ['relative path', '../x/target.md'],
    ['path from the root', 'x/target.md'],
    ['path from the root with a slash', '/x/target.md'],
    ['file name', 'target.md'],
    ['name without its ending', 'target'],
    ['link with a fragment', '../x/target.md#part'],
  ])('[IMP-5] finds a document by %s', (_, reference) => {
    const plan = givenPlan({
      'y/from.md': front(`requires: "${reference}"`),
      'x/target.md': front('key: k-1'),
      'z/other.md': 'x',
    });
    expect(plan.edges).toEqual(['y/from.md < citation < k-1']);
  });

  it.each(['0012-o', './0012-o', 'adr/0012-o', '0012-o#part'])(
    '[IMP-5] finds by a link without its ending: %s',
    (path) => {
      const plan = givenPlan({
        'adr/0012-o.md': '# O\n\nStatus: Accepted',
        'adr/0013-n.md': `# N\n\nSupersedes [[${path}]]`,
      });
      expect(plan.edges).toEqual(['adr/0013-n.md < fork < adr/0012-o.md']);
    },
  );

  it('[IMP-5] [IMP-6] looks bare numbers up among decision records, and reports what is nowhere', () => {
    const plan = givenPlan({
      'adr/0003-z.md': '# Z\n\nStatus: Accepted',
      'adr/0004-w.md': '# W\n\nStatus: Accepted\n\nSupersedes: 3, 77',
      'adr/0005-v.md': '# V\n\nStatus: Accepted\n\nSupersedes: the old ways',
    });
    expect(plan.edges).toEqual(['adr/0004-w.md < fork < adr/0003-z.md']);
    expect(plan.problems.map(({ path }) => path)).toEqual(['adr/0004-w.md', 'adr/0005-v.md']);
    expect(plan.at('adr/0005-v.md').metadata['unresolved_relations']).toEqual([
      { relation: 'fork', stated: 'Supersedes: the old ways', why: 'dangling' },
    ]);
  });

  it('[IMP-5] looks numbers up in the numbering of who names them, and names with their scheme anywhere', () => {
    const plan = givenPlan({
      'pep-0008.rst': pep(8),
      'adr/0008-x.md': '# X\n\nStatus: Accepted',
      'pep-0009.rst': pep(9, 'Requires: 8'),
      'adr/0009-y.md': '# Y\n\nStatus: Accepted\n\nSupersedes ADR-8',
      'notes.md': front('requires: pep-8'),
    });
    expect(plan.edges).toEqual([
      'adr/0009-y.md < fork < adr/0008-x.md',
      'notes.md < citation < pep-0008.rst',
      'pep-0009.rst < citation < pep-0008.rst',
    ]);
  });

  it('[IMP-5] finds what an earlier import stored, by path and number', () => {
    const existing = [
      { key: 'root/old.md', title: 'Old' },
      { key: 'root/pep-0314.rst', title: 'PEP 314: Metadata' },
      { key: 'root/pep-0314.rst#part', title: 'PEP 314: Metadata › Part' },
    ].map((series) => ({ ...series, seriesId: `id ${series.key}` }));
    const plan = givenPlan(
      { 'new.md': front('supersedes: old.md'), 'pep-0345.rst': pep(345, 'Replaces: 314') },
      { existing },
    );
    expect(plan.edges).toEqual(['new.md < fork < old.md', 'pep-0345.rst < fork < pep-0314.rst']);
  });

  const SERIES = '0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a10';

  it.each([
    ['a.md', 'x/a.md'],
    ['x/a.md', 'x/a.md'],
    ['k-1', 'k-1'],
    ['pep-8', 'pep-0008.rst'],
    [SERIES.toUpperCase(), 'earlier.md'],
  ])('[IMP-5] finds by `id` what it finds by name alone: %s', (id, parent) => {
    const plan = givenPlan(
      {
        'from.md': front(`derived_from: [{id: ${id}, relation: refutes, reason: measured}]`),
        'lines.jsonl': `{"key":"line","content":"l","derived_from":[{"id":"${id}","relation":"summary"}]}`,
        'x/a.md': 'A',
        'k.jsonl': '{"key":"k-1","content":"k"}',
        'pep-0008.rst': pep(8),
      },
      { existing: [{ key: 'root/earlier.md', title: null, seriesId: SERIES }] },
    );
    expect(plan.edges).toEqual([`from.md < refutes < ${parent}`, `line < summary < ${parent}`]);
    expect(plan.problems).toEqual([]);
    expect(plan.at('from.md').derivedFrom[0]?.reason).toBe('measured');
  });

  it('[IMP-5] knows a document of this import by the id an earlier one gave it, and leaves other ids to the memory', () => {
    const other = '0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8aff';
    const plan = givenPlan(
      { 'a.md': 'A', 'b.md': front(`derived_from: [{id: ${SERIES}}, {id: ${other}}]`) },
      { existing: [{ key: 'root/a.md', title: null, seriesId: SERIES }] },
    );
    expect(plan.edges).toEqual([`b.md < fork < ${other}`, 'b.md < fork < a.md'].sort());
  });

  it.each([
    ['dangling', { 'a.md': front('requires: nowhere.md') }, 'a.md'],
    ['dangling', { 'a.md': front('derived_from: [{id: nowhere.md, relation: refutes}]') }, 'a.md'],
    ['self', { 'a.md': front('derived_from: [{id: a.md}]') }, 'a.md'],
    ['ambiguous', { 'a.md': front('derived_from: [{id: x.md}]'), 'b/x.md': '1', 'c/x.md': '2' }, 'a.md'],
    ['ambiguous', { 'a.md': front('requires: x.md'), 'b/x.md': '1', 'c/x.md': '2' }, 'a.md'],
    ['self', { 'a.md': front('supersedes: a.md') }, 'a.md'],
    ['cycle', { 'a.md': front('supersedes: b.md'), 'b.md': front('supersedes: a.md') }, 'a.md'],
    [
      'cycle',
      {
        'pep-0001.rst': pep(1, 'Replaces: 2'),
        'pep-0002.rst': pep(2, 'Replaces: 3'),
        'pep-0003.rst': pep(3, 'Replaces: 1'),
      },
      'pep-0002.rst',
    ],
    ['not imported', { 'a.md': front('superseded_by: 7f9c24e8-3b12-4fef-91d0-0e1e2c3d4f5a') }, 'a.md'],
  ])('[IMP-6] reports a relation that is %s and keeps it as metadata', (why, files, path) => {
    const plan = givenPlan(files as unknown as Record<string, string>);
    expect(plan.edges).toEqual([]);
    expect(plan.at(path).metadata['unresolved_relations']).toMatchObject([{ why }]);
    expect(plan.problems.filter((problem) => problem.path === path)).toMatchObject([{ severity: 'warning' }]);
    expect(plan.capsules).toHaveLength(Object.keys(files).length);
  });

  it('[IMP-6] leaves out the statements of a cycle and no other', () => {
    const plan = givenPlan({
      'a.md': front('supersedes: [b.md, base.md]'),
      'b.md': front('supersedes: a.md'),
      'c.md': front('supersedes: a.md'),
      'base.md': 'x',
    });
    expect(plan.edges).toEqual(['a.md < fork < base.md', 'c.md < fork < a.md']);
  });

  it('[IMP-13] shows a relation that another document states as a change of the child', () => {
    const before = givenPlan({ 'old.md': 'o', 'new.md': 'n' });
    const after = givenPlan({ 'old.md': front('superseded_by: new.md', 'o'), 'new.md': 'n' });
    expect(after.at('new.md').metadata).not.toEqual(before.at('new.md').metadata);
  });
});

describe('titles of numbered documents', () => {
  it.each([
    ['adr-0003-x.md', '# ADR 0003: A trust decrease', 'ADR-0003: A trust decrease'],
    ['adr-0003-x.md', '# adr-3 – A trust decrease', 'ADR-0003: A trust decrease'],
    ['adr-0003-x.md', '# 3. A trust decrease', 'ADR-0003: A trust decrease'],
    ['adr-0003-x.md', '# ADR-0003', 'ADR-0003'],
    ['adr-0003-x.md', '# ADR 3 revisited', 'ADR 3 revisited'],
    ['adr-0003-x.md', '# ADR-0030 no more', 'ADR-0003: ADR-0030 no more'],
    ['adr-0003-x.md', '# 3.5 times faster', 'ADR-0003: 3.5 times faster'],
    ['0003-x.md', '# ADR 0003: A trust decrease', 'ADR-0003: A trust decrease'],
  ])('[IMP-20] says the number of %s %j once', (path, heading, title) => {
    expect(givenPlan({ [path]: `${heading}\n\nStatus: Accepted` }).at(path).title).toBe(title);
  });

  it.each([
    ['PEP 8 -- Style Guide', 'PEP 8: Style Guide'],
    ['PEP 80: Other', 'PEP 8: PEP 80: Other'],
  ])('[IMP-20] says the number of a header block once: %s', (title, whole) => {
    const text = `PEP: 8\nTitle: ${title}\nStatus: Final\n\nWords.`;
    expect(givenPlan({ 'pep-0008.rst': text }).at('pep-0008.rst').title).toBe(whole);
  });
});

describe('collections of a plan', () => {
  it('[IMP-14] [IMP-19] names those outside its own once, for what the memory holds there', () => {
    const plan = givenPlan({
      'a.md': 'A',
      'x/b.md': 'B',
      'c.md': front('collection: other'),
      'd.md': front('collection: other/below'),
      'e.md': front('collection: rooted'),
    });
    expect(collectionsBeside(plan)).toEqual(['other', 'rooted']);
  });
});

describe('what the memory would refuse', () => {
  const long = `# G\n\n## A\n\n${'word '.repeat(2_000)}\n\n## B\n\n${'word '.repeat(2_000)}`;

  it.each([
    ['valid_from: 2024-01-02\nvalid_to: 2023-01-02', /valid_to .* must be later/],
    ['valid_from: 2024-02-30', /valid_from/],
    [`tags: [${'x'.repeat(101)}]`, /tags\[0\]/],
    ['collection: a//b', /collection/],
    [`key: ${'k'.repeat(501)}`, /key/],
    [`note: ${'n'.repeat(300_000)}`, /metadata/],
  ])('[IMP-16] is left out of the plan with its sections, and named: %#', (yaml, reason) => {
    const plan = givenPlan({
      'bad.md': front(yaml, long),
      'on-it.md': front('derived_from: [{id: bad.md, relation: summary, reason: short}, fine.md]'),
      'fine.md': 'Fine.',
    });
    expect(plan).toMatchObject({ documents: 2, sections: 0, relations: 1 });
    expect(plan.capsules.map(({ path }) => path).sort()).toEqual(['fine.md', 'on-it.md']);
    const failed = plan.problems.filter(({ severity }) => severity === 'failed');
    expect(failed).toMatchObject([{ path: 'bad.md', reason: expect.stringMatching(reason) as string }]);
    expect(plan.edges).toEqual(['on-it.md < fork < fine.md']);
    expect(plan.at('on-it.md').metadata).toMatchObject({
      lineage: [{ key: 'root/fine.md' }],
      unresolved_relations: [{ relation: 'summary', stated: 'derived_from: bad.md', why: 'not imported' }],
    });
  });

  it('[IMP-17] is said to be unknown where the memory was not looked at', () => {
    const files = { 'a.md': front('derived_from: [nowhere.md, 0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a10]') };
    expect(givenPlan(files).problems.map(({ reason }) => reason)).toEqual([
      'derived_from: nowhere.md: names nothing in these files; the memory was not looked at',
      'derived_from: 0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a10: may name something in the memory, which was not looked at',
    ]);
    expect(givenPlan(files, { existing: [] }).problems.map(({ reason }) => reason)).toEqual([
      'derived_from: nowhere.md: names nothing that is here; kept as metadata',
    ]);
  });
});

describe('the order of a plan', () => {
  /** Documents that state relations to each other by number, dangling and cyclic ones included. */
  const documents = fc
    .array(
      fc.record({
        replaces: fc.array(fc.nat(14), { maxLength: 3 }),
        by: fc.array(fc.nat(14), { maxLength: 2 }),
        long: fc.boolean(),
      }),
      { minLength: 1, maxLength: 12 },
    )
    .map((all): ParsedDocument[] =>
      all.map(({ replaces, by, long }, number) => {
        const headers = `Replaces: ${replaces.join(', ')}\nSuperseded-By: ${by.join(', ')}`;
        const body = long ? `\n\nOne\n===\n\n${'word '.repeat(1_500)}\n\nTwo\n===\n\nEnd.\n` : '';
        return givenDocument(`pep-${number}.rst`, pep(number, headers) + body);
      }),
    );

  it('[IMP-7] does not depend on the order of the input', () => {
    fc.assert(
      fc.property(
        documents.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          expect(planImport(shuffled, { rootName: 'root' })).toEqual(planImport(list, { rootName: 'root' }));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('[IMP-7] puts everything a capsule rests on into an earlier level, and every document in once', () => {
    fc.assert(
      fc.property(documents, (list) => {
        const { levels } = planImport(list, { rootName: 'root' });
        const written = new Set<string>();
        for (const level of levels) {
          for (const { derivedFrom } of level) {
            for (const { parent } of derivedFrom) expect(written).toContain('key' in parent ? parent.key : parent.id);
          }
          for (const { key } of level) {
            expect(written).not.toContain(key);
            written.add(key);
          }
        }
        for (const { path } of list) expect(written).toContain(`root/${path}`);
      }),
      { numRuns: 100 },
    );
  });

  it('[IMP-7] orders a chain of thousands', () => {
    const list = Array.from({ length: 3_000 }, (_, n) =>
      givenDocument(`pep-${n}.rst`, pep(n, n === 0 ? '' : `Replaces: ${n - 1}`)),
    );
    expect(planImport(list.reverse(), { rootName: 'root' }).levels).toHaveLength(3_000);
  });
});

const paragraphs = (word: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `${word} ${i} ${'filler '.repeat(20)}`).join('\n\n');

describe('sections', () => {
  const text = `# Guide\n\nOpening.\n\n## Set up\n\n${paragraphs('setup', 30)}\n\n### On Linux\n\n${paragraphs('linux', 30)}\n\n## Use\n\n${paragraphs('use', 10)}\n`;

  it('[IMP-8] makes a lead with an outline, and sections in its collection by position', () => {
    const plan = givenPlan({ 'docs/guide.md': text });
    const lead = plan.at('docs/guide.md');
    expect(lead).toMatchObject({ title: 'Guide', collection: 'root/docs', sectionOf: null });
    expect(lead.content).toContain('Opening.');
    expect(lead.content).toContain('- Set up\n  - On Linux\n- Use');
    const sections = plan.capsules.filter(({ sectionOf }) => sectionOf === 'root/docs/guide.md');
    expect(sections.map(({ title }) => title)).toEqual(['Guide › Set up', 'Guide › Set up › On Linux', 'Guide › Use']);
    expect(sections.map(({ collection, position }) => [collection, position])).toEqual([
      ['root/docs/guide.md', 1],
      ['root/docs/guide.md', 2],
      ['root/docs/guide.md', 3],
    ]);
    for (const { derivedFrom } of sections)
      expect(derivedFrom).toMatchObject([{ parent: { key: 'root/docs/guide.md' }, relation: 'fork' }]);
  });

  it('[IMP-8] leaves short documents whole, and takes another collection when told', () => {
    const plan = givenPlan({ 'docs/short.md': '# S\n\n## A\n\na\n\n## B\n\nb' }, { collection: 'handbook/x' });
    expect(plan.capsules.map(({ collection, content }) => [collection, content])).toEqual([
      ['handbook/x/docs', '# S\n\n## A\n\na\n\n## B\n\nb'],
    ]);
  });

  it('[IMP-8] loses no word, with or without headings, and splits no character', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            level: fc.integer({ min: 0, max: 4 }),
            size: fc.integer({ min: 1, max: 9_000 }),
            glue: fc.constantFrom(' ', '\n', '\n\n', ''),
          }),
          { minLength: 1, maxLength: 8 },
        ),
        (blocks) => {
          const words: string[] = [];
          const source = blocks.map(({ level, size, glue }, at) => {
            const body = Array.from({ length: Math.ceil(size / 12) }, (_, i) => `w${at}x${i}😀`);
            if (glue !== '') words.push(...body);
            return `${level === 0 ? '' : `${'#'.repeat(level)} H${at}\n\n`}${glue === '' ? '😀'.repeat(size) : body.join(glue)}`;
          });
          const whole = givenPlan({ 'a.md': source.join('\n\n') }).capsules.map(({ content }) => content);
          const found = new Set(whole.join('\n').split(/\s+/));
          for (const word of words) expect(found).toContain(word);
          for (const content of whole) expect(content).not.toMatch(/\p{Surrogate}/u);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('[IMP-9] keeps a section’s key when text before it changes and when sections move', () => {
    const keys = (source: string): string[] =>
      givenPlan({ 'g.md': source })
        .capsules.map(({ key }) => key)
        .sort();
    const part = (name: string): string => `## ${name}\n\n${paragraphs(name, 30)}\n\n`;
    const first = keys(`# G\n\n${part('Café & Co.')}${part('B')}${part('C')}`);
    expect(first).toEqual(['root/g.md', 'root/g.md#b', 'root/g.md#c', 'root/g.md#cafe-co']);
    expect(keys(`# G\n\nNew words.\n\n${part('C')}${part('Café & Co.')}${part('B')}`)).toEqual(first);
    expect(keys(`# G\n\n${part('Café & Co.')}${part('C')}`)).toEqual(['root/g.md', 'root/g.md#c', 'root/g.md#cafe-co']);
  });

  it('[IMP-9] tells equal headings apart, and cuts overlong ones by a digest', () => {
    const part = (name: string): string => `## ${name}\n\n${paragraphs('x', 30)}\n\n`;
    const plan = givenPlan({ 'g.md': `# G\n\n${part('Same')}${part('Same')}${part('!!!')}${part('L'.repeat(400))}` });
    const slugs = plan.capsules
      .filter(({ sectionOf }) => sectionOf !== null)
      .map(({ key }) => key.replace('root/g.md#', ''));
    expect(slugs.slice(0, 3)).toEqual(['same', 'same-2', 'section']);
    expect(slugs[3]).toMatch(/^l+-[0-9a-f]{8}$/);
    expect(slugs[3]?.length).toBeLessThanOrEqual(160);
  });
});
