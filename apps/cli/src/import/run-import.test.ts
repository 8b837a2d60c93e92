import { describe, expect, it } from 'vitest';
import { givenPlan } from './given-documents.js';
import type { ImportItem } from './import-item.js';
import { BatchRefused, type ImportTarget, type StoredSeries, type WrittenItem } from './import-target.js';
import { runImport } from './run-import.js';
import type { SeriesOrigin } from './section-marks.js';

/** A memory that keeps items by key, refuses what `bad` says, and stops answering after `lives` batches. */
class GivenMemory implements ImportTarget {
  readonly items = new Map<string, ImportItem & { archived: boolean; versions: number }>();
  /** By key, what a series was archived for. */
  readonly reasons = new Map<string, string>();
  batches = 0;
  lives = Infinity;
  bad: (item: ImportItem) => boolean = () => false;
  /** Whether a refusal says which items are to blame. */
  naming = true;

  existing(): Promise<readonly StoredSeries[]> {
    return Promise.resolve(
      [...this.items.values()].map(({ key, title, archived }) => ({ seriesId: `id ${key}`, key, title, archived })),
    );
  }

  write(items: readonly ImportItem[]): Promise<readonly WrittenItem[]> {
    if (this.batches >= this.lives) return Promise.reject(new Error('the memory is gone'));
    this.batches += 1;
    const bad = items.flatMap((item, at) => (this.bad(item) ? [at] : []));
    if (bad.length > 0) return Promise.reject(new BatchRefused('refused', this.naming ? bad : []));
    for (const [at, { derived_from: parents }] of items.entries()) {
      const [unknown] = parents.filter(({ id }) => !this.items.has(id.replace('id ', '')));
      if (unknown === undefined) continue;
      const message = `derived_from[0] names "${unknown.id}", which is not known.`;
      return Promise.reject(new BatchRefused(message, this.naming ? [at] : []));
    }
    return Promise.resolve(items.map((item) => this.keep(item)));
  }

  private keep(item: ImportItem): WrittenItem {
    const before = this.items.get(item.key);
    const same =
      before !== undefined &&
      JSON.stringify({ ...before, archived: 0, versions: 0 }) === JSON.stringify({ ...item, archived: 0, versions: 0 });
    if (!same) this.items.set(item.key, { ...item, archived: false, versions: (before?.versions ?? 0) + 1 });
    const kept = this.items.get(item.key);
    return {
      id: `id ${item.key}`,
      seriesId: `id ${item.key}`,
      result: before === undefined ? 'created' : same ? 'unchanged' : 'versioned',
      archived: kept?.archived ?? false,
    };
  }

  origin(seriesId: string): Promise<SeriesOrigin> {
    const { metadata = {}, derived_from: parents = [] } = this.items.get(seriesId.replace('id ', '')) ?? {};
    return Promise.resolve({ metadata, forkOf: new Set(parents.map(({ id }) => id)) });
  }

  archived(key: string): Promise<{ seriesId: string; reason: string | null } | null> {
    const isArchived = this.items.get(key)?.archived ?? false;
    return Promise.resolve(isArchived ? { seriesId: `id ${key}`, reason: this.reasons.get(key) ?? null } : null);
  }

  archive(seriesId: string, reason: string): Promise<void> {
    this.reasons.set(seriesId.replace('id ', ''), reason);
    return this.setArchived(seriesId, true);
  }

  unarchive(seriesId: string): Promise<void> {
    return this.setArchived(seriesId, false);
  }

  private setArchived(seriesId: string, archived: boolean): Promise<void> {
    const item = this.items.get(seriesId.replace('id ', ''));
    if (item !== undefined) item.archived = archived;
    return Promise.resolve();
  }
}

const part = (name: string): string => `## ${name}\n\n${`${name} filler `.repeat(400)}\n\n`;
const FILES = {
  'guide.md': `# Guide\n\n${part('A')}${part('B')}${part('C')}`,
  'new.md': '---\nsupersedes: old.md\n---\nNew.',
  'old.md': 'Old.',
  'last.md': '---\nrequires: new.md\n---\nLast.',
};

async function run(memory: GivenMemory, files: Readonly<Record<string, string>>) {
  const stored = await memory.existing();
  return runImport(givenPlan(files, { existing: stored }), memory, stored);
}

describe('carrying out an import', () => {
  it('[IMP-13] creates everything once, and nothing the second time', async () => {
    const memory = new GivenMemory();
    expect(await run(memory, FILES)).toMatchObject({ created: 7, versioned: 0, unchanged: 0, problems: [] });
    expect(await run(memory, FILES)).toMatchObject({ created: 0, versioned: 0, unchanged: 7, archived: 0 });
  });

  it('[IMP-13] makes one version of what changed', async () => {
    const memory = new GivenMemory();
    await run(memory, FILES);
    expect(await run(memory, { ...FILES, 'old.md': 'Older.' })).toMatchObject({
      created: 0,
      versioned: 1,
      unchanged: 6,
    });
  });

  it('[IMP-14] archives a section that left and brings it back; a file that is gone stays', async () => {
    const memory = new GivenMemory();
    await run(memory, FILES);
    const without = { 'guide.md': `# Guide\n\n${part('A')}${part('C')}` };
    expect(await run(memory, without)).toMatchObject({ versioned: 2, unchanged: 1, archived: 1 });
    expect([...memory.items.values()].filter(({ archived }) => archived).map(({ key }) => key)).toEqual([
      'root/guide.md#b',
    ]);
    expect(await run(memory, without)).toMatchObject({ archived: 0, unchanged: 3 });
    expect(await run(memory, FILES)).toMatchObject({ created: 0, unarchived: 1, archived: 0 });
    expect([...memory.items.values()].every(({ archived }) => !archived)).toBe(true);
  });

  it('[IMP-14] brings back a section that returns with other words', async () => {
    const memory = new GivenMemory();
    await run(memory, FILES);
    await run(memory, { 'guide.md': `# Guide\n\n${part('A')}${part('C')}` });
    const returned = { 'guide.md': `# Guide\n\n${part('A')}${part('B')}More.\n\n${part('C')}` };
    expect(await run(memory, returned)).toMatchObject({ unarchived: 1, left_alone: 0 });
    expect(memory.items.get('root/guide.md#b')?.archived).toBe(false);
  });

  const made = (more: Partial<ImportItem>): ImportItem => ({
    ...{ key: 'k', if_exists: 'version', title: null, content: 'x', type: 'knowledge', tags: [], metadata: {} },
    ...{ collection: 'root', position: null, valid_from: null, valid_to: null, derived_from: [], ...more },
  });

  it.each([
    ['has no mark', {}],
    ['rests on the document alone', { derived_from: [{ id: 'id root/guide.md', relation: 'fork', reason: 'mine' }] }],
    ['has the metadata alone', { metadata: { section: 'A', source_path: 'guide.md' } }],
  ] as const)('[IMP-14] archives nobody’s capsule for its key: one that %s', async (_, more) => {
    const memory = new GivenMemory();
    await run(memory, FILES);
    await memory.write([made({ key: 'root/guide.md#remark', ...more } as Partial<ImportItem>)]);
    expect(await run(memory, FILES)).toMatchObject({ archived: 0 });
  });

  it('[IMP-14] takes no line of JSONL for a section of another', async () => {
    const memory = new GivenMemory();
    const root = '{"key":"issue","content":"root"}';
    const looksLikeOne = '{"key":"issue#12","content":"x","metadata":{"section":"x"},"derived_from":["issue"]}';
    await run(memory, { 'k.jsonl': `${root}\n${looksLikeOne}` });
    expect(await run(memory, { 'k.jsonl': root })).toMatchObject({ unchanged: 1, archived: 0 });
  });

  it.each([
    ['as it was', FILES],
    ['changed', { ...FILES, 'old.md': 'Older.', 'guide.md': FILES['guide.md'].replace('B filler', 'B new') }],
  ])('[IMP-19] leaves alone what somebody archived, imported again %s', async (_, files) => {
    const memory = new GivenMemory();
    await run(memory, FILES);
    const keys = ['root/old.md', 'root/guide.md#b'];
    for (const key of keys) await memory.archive(`id ${key}`, 'out of date');
    const before = keys.map((key) => memory.items.get(key));
    expect(await run(memory, files)).toMatchObject({ unarchived: 0, left_alone: 2, documents: 4, sections: 3 });
    expect(keys.map((key) => memory.items.get(key))).toEqual(before);
    // What rests on it goes on doing so.
    expect(memory.items.get('root/new.md')?.derived_from).toMatchObject([{ id: 'id root/old.md' }]);
  });

  it('[IMP-15] ends the same wherever it was interrupted', async () => {
    const whole = new GivenMemory();
    await run(whole, FILES);
    for (let lives = 0; lives < whole.batches; lives += 1) {
      const memory = new GivenMemory();
      memory.lives = lives;
      await expect(run(memory, FILES)).rejects.toThrow('the memory is gone');
      memory.lives = Infinity;
      await run(memory, FILES);
      expect(new Map([...memory.items].sort())).toEqual(new Map([...whole.items].sort()));
    }
  });

  it.each([true, false])(
    '[IMP-16] reports what is refused and writes the others; the refusal names it: %s',
    async (naming) => {
      const memory = new GivenMemory();
      memory.naming = naming;
      memory.bad = ({ key }) => key === 'root/old.md' || key === 'root/guide.md#b';
      const { created, problems } = await run(memory, FILES);
      expect(created).toBe(5);
      expect(problems.map(({ path, severity, reason }) => `${severity} ${path} ${reason}`).sort()).toEqual([
        'failed guide.md section b: refused',
        'failed old.md refused',
        'warning new.md supersedes: old.md: what it names was not imported; kept as metadata',
      ]);
      expect(memory.items.get('root/new.md')?.metadata['unresolved_relations']).toMatchObject([
        { why: 'not imported' },
      ]);
    },
  );

  it('[IMP-16] counts what is in the memory, not what was refused', async () => {
    const memory = new GivenMemory();
    expect(await run(memory, FILES)).toMatchObject({ documents: 4, sections: 3, relations: 2 });
    expect(await run(memory, FILES)).toMatchObject({ documents: 4, sections: 3, relations: 2 });
    const picky = new GivenMemory();
    picky.bad = ({ key }) => key === 'root/old.md' || key === 'root/guide.md#b';
    expect(await run(picky, FILES)).toMatchObject({ documents: 3, sections: 2, relations: 1 });
  });

  it('[IMP-14] does not take a section that was refused for one that left', async () => {
    const memory = new GivenMemory();
    await run(memory, FILES);
    const plan = givenPlan(FILES, { existing: await memory.existing() });
    const levels = plan.levels.map((level) => level.filter(({ key }) => key !== 'root/guide.md#b'));
    const stored = await memory.existing();
    expect(await runImport({ ...plan, levels, refused: ['root/guide.md#b'] }, memory, stored)).toMatchObject({
      archived: 0,
    });
  });

  it('[IMP-16] writes no section of a refused document', async () => {
    const memory = new GivenMemory();
    memory.bad = ({ key }) => key === 'root/guide.md';
    expect(await run(memory, FILES)).toMatchObject({ created: 3, problems: [{ path: 'guide.md' }] });
  });

  describe.each([true, false])('with ids that the memory alone can tell; its refusals name the item: %s', (naming) => {
    const ids = [0, 1].map((n) => `0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a1${n}`);
    const lines = [
      ...ids.map((id) => ({
        key: `on ${id}`,
        content: 'x',
        derived_from: [{ id, relation: 'summary', reason: 'why' }],
      })),
      { key: 'both', content: 'x', derived_from: [...ids, 'plain'] },
      { key: 'plain', content: 'x' },
    ];
    const files = { 'x.jsonl': lines.map((line) => JSON.stringify(line)).join('\n') };

    it('[IMP-6] keeps a relation to an unknown one as metadata, and the document', async () => {
      const memory = new GivenMemory();
      memory.naming = naming;
      const { created, problems } = await run(memory, files);
      expect(created).toBe(4);
      expect(problems.map(({ line, severity, reason }) => `${severity} ${line} ${reason}`)).toEqual(
        [
          [1, 0],
          [2, 1],
          [3, 0],
          [3, 1],
        ].map(
          ([line, at]) =>
            `warning ${line} derived_from: ${ids[at ?? 0]}: names nothing that is here, or the same again; kept as metadata`,
        ),
      );
      expect(memory.items.get(`on ${ids[0]}`)?.metadata['unresolved_relations']).toEqual([
        { relation: 'summary', stated: `derived_from: ${ids[0]}`, why: 'dangling' },
      ]);
      expect(memory.items.get('both')?.derived_from).toMatchObject([{ id: 'id plain' }]);
      expect(await run(memory, files)).toMatchObject({ unchanged: 4, versioned: 0 });
    });
  });
});
