import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DocColumns, type DocFacts, type DocFlag } from './doc-columns.js';
import { buildMask, type SearchFilter } from './filter-mask.js';

const facts: DocFacts = {
  seriesId: 's',
  ownerId: 'ann',
  type: 'knowledge',
  collection: null,
  position: null,
  tags: [],
  chainTrust: 60,
  createdAt: 0,
  validFrom: null,
  validTo: null,
  recordedFrom: 1,
  parent: null,
};

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const change = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      series: fc.constantFrom('s1', 's2', 's3', 's4'),
      owner: fc.constantFrom('ann', 'ben'),
      type: fc.constantFrom('code', 'decision'),
      collection: optional(fc.constantFrom('a', 'a/b', 'a/b/c', 'a/bc', 'z')),
      tags: fc.array(fc.constantFrom('x', 'y', 'w'), { maxLength: 3 }),
      trust: fc.constantFrom(0, 40, 60, 100),
      validFrom: optional(fc.nat(5)),
      validTo: optional(fc.integer({ min: 5, max: 9 })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('archive' as const, 'unarchive' as const),
      series: fc.constantFrom('s1', 's2'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('flag' as const),
      pick: fc.nat(50),
      flag: fc.constantFrom<DocFlag>('retracted', 'tainted', 'warned'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('trust' as const), pick: fc.nat(50), trust: fc.constantFrom(0, 60) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('erase' as const), pick: fc.nat(50) }) },
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

const filter: fc.Arbitrary<SearchFilter> = fc.record(
  {
    minTrust: fc.constantFrom(0, 40, 60, 61),
    types: fc.subarray(['code', 'decision', 'unknown']),
    tags: fc.subarray(['x', 'y', 'unknown']),
    owner: fc.constantFrom('ann', 'ben', 'eve'),
    collection: fc.constantFrom('a', 'a/b', 'a/bc', 'q'),
    asOfSeq: fc.nat(30),
    validAt: fc.nat(9),
    createdFrom: fc.nat(30),
    createdTo: fc.nat(30),
    includeRetracted: fc.boolean(),
    includeArchived: fc.boolean(),
    allowed: fc.array(fc.constantFrom(0, 1), { maxLength: 30 }).map((bytes) => Uint8Array.from(bytes)),
  },
  { requiredKeys: [] },
);

/** What the columns should know, kept as plain objects. */
interface Model extends DocFacts {
  trust: number;
  readonly seq: number;
  until: number;
  readonly flags: Set<DocFlag>;
}

interface Span {
  from: number;
  to: number;
}

function play(changes: readonly Change[]): { columns: DocColumns; docs: Model[]; spans: Map<string, Span[]> } {
  const columns = new DocColumns();
  const docs: Model[] = [];
  const spans = new Map<string, Span[]>();
  changes.forEach((step, i) => {
    const seq = i + 1;
    const picked = 'pick' in step && docs.length > 0 ? step.pick % docs.length : -1;
    const doc = docs[picked];
    if (step.kind === 'add') {
      const { series, owner, trust, ...rest } = step;
      const added = {
        ...facts,
        ...rest,
        seriesId: series,
        ownerId: owner,
        chainTrust: trust,
        createdAt: seq,
        recordedFrom: seq,
      };
      for (const other of docs) if (other.seriesId === series && other.until === Infinity) other.until = seq;
      docs.push({ ...added, trust, seq, until: Infinity, flags: new Set() });
      columns.add(added);
    } else if (step.kind === 'archive') {
      columns.archive(step.series, seq);
      const list = spans.get(step.series) ?? [];
      if (list.at(-1)?.to !== Infinity) list.push({ from: seq, to: Infinity });
      spans.set(step.series, list);
    } else if (step.kind === 'unarchive') {
      columns.unarchive(step.series, seq);
      const last = spans.get(step.series)?.at(-1);
      if (last?.to === Infinity) last.to = seq;
    } else if (doc !== undefined && step.kind === 'flag') {
      columns.setFlag(picked, step.flag, true);
      doc.flags.add(step.flag);
    } else if (doc !== undefined && step.kind === 'trust') {
      columns.setChainTrust(picked, step.trust);
      doc.trust = step.trust;
    } else if (doc !== undefined) {
      columns.erase(picked);
      doc.flags.add('erased');
    }
  });
  return { columns, docs, spans };
}

/** The filter, said document by document. */
function passes(doc: Model, ordinal: number, f: SearchFilter, spans: Map<string, Span[]>): boolean {
  const at = f.asOfSeq ?? Infinity;
  const archived = (spans.get(doc.seriesId) ?? []).some(({ from, to }) =>
    f.asOfSeq === undefined ? to === Infinity : from <= at && at < to,
  );
  return (
    !doc.flags.has('erased') &&
    (f.includeRetracted === true || !doc.flags.has('retracted')) &&
    (f.includeArchived === true || !archived) &&
    (f.asOfSeq === undefined ? doc.until === Infinity : doc.seq <= at && at < doc.until) &&
    doc.trust >= (f.minTrust ?? 0) &&
    (f.types === undefined || f.types.includes(doc.type)) &&
    (f.tags ?? []).every((tag) => doc.tags.includes(tag)) &&
    (f.owner === undefined || doc.ownerId === f.owner) &&
    (f.collection === undefined || `${doc.collection ?? ''}/`.startsWith(`${f.collection}/`)) &&
    (f.validAt === undefined || ((doc.validFrom ?? -Infinity) <= f.validAt && f.validAt < (doc.validTo ?? Infinity))) &&
    doc.createdAt >= (f.createdFrom ?? -Infinity) &&
    doc.createdAt < (f.createdTo ?? Infinity) &&
    (f.allowed === undefined || f.allowed[ordinal] === 1)
  );
}

describe('buildMask', () => {
  it('[SEA-19] lets through exactly what satisfies every condition, whatever happened before', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), filter, (changes, f) => {
        const { columns, docs, spans } = play(changes);
        const mask = new Uint8Array(columns.size + 3).fill(7);
        const eligible = buildMask(columns, f, mask);
        const expected = docs.map((doc, i) => (passes(doc, i, f, spans) ? 1 : 0));
        expect([...mask.subarray(0, columns.size)]).toEqual(expected);
        expect(eligible).toBe(expected.filter((byte) => byte === 1).length);
      }),
      { numRuns: 400 },
    );
  });

  it('[SEA-20] covers a collection and what is below it, not its namesakes', () => {
    const columns = new DocColumns();
    ['a/b', 'a/b/c', 'a/bc', 'a', null].forEach((collection, i) =>
      columns.add({ ...facts, seriesId: `s${i}`, collection }),
    );
    const mask = new Uint8Array(columns.size);
    buildMask(columns, { collection: 'a/b' }, mask);
    expect([...mask]).toEqual([1, 1, 0, 0, 0]);
  });

  it('[SEA-21] reads the past of what was current and archived, but today’s trust, taint and erasure', () => {
    const columns = new DocColumns();
    columns.add({ ...facts, recordedFrom: 1 });
    columns.add({ ...facts, recordedFrom: 5 });
    columns.archive('s', 7);
    columns.unarchive('s', 9);
    const at = (asOfSeq: number, rest: SearchFilter = {}) => {
      const mask = new Uint8Array(columns.size);
      buildMask(columns, { asOfSeq, ...rest }, mask);
      return [...mask];
    };
    expect([0, 1, 4, 5, 6, 7, 8, 9].map((seq) => at(seq))).toEqual([
      [0, 0],
      [1, 0],
      [1, 0],
      [0, 1],
      [0, 1],
      [0, 0],
      [0, 0],
      [0, 1],
    ]);
    columns.setChainTrust(0, 10);
    expect(at(4, { minTrust: 40 })).toEqual([0, 0]);
    columns.setFlag(0, 'retracted', true);
    expect(at(4)).toEqual([0, 0]);
    expect(at(4, { includeRetracted: true })).toEqual([1, 0]);
    columns.erase(0);
    expect(at(4, { includeRetracted: true })).toEqual([0, 0]);
  });

  it('[SEA-22] archives a new version of an archived series, and forgets the tags of what is erased', () => {
    const columns = new DocColumns();
    columns.add({ ...facts, tags: ['x', 'x', 'only'] });
    columns.archive('s', 2);
    const next = columns.add({ ...facts, recordedFrom: 3, tags: ['x'] });
    expect(columns.headOf('s')).toBe(next);
    expect(columns.headOf('unknown')).toBeNull();
    expect(columns.hasFlag(next, 'archived')).toBe(true);
    expect(columns.ordinalsOf('x')).toEqual([0, 1]);
    columns.erase(0);
    expect(columns.tagCounts()).toEqual(new Map([['x', 1]]));
  });

  it('[SEA-22] keeps every column while it grows', () => {
    const columns = new DocColumns();
    for (let i = 0; i < 3000; i++) {
      const collection = i % 2 === 0 ? 'c' : null;
      columns.add({
        ...facts,
        seriesId: `s${i}`,
        chainTrust: i % 101,
        createdAt: i,
        recordedFrom: i,
        collection,
        parent: i - 1,
      });
    }
    for (const i of [0, 1023, 1024, 2999]) {
      expect([columns.chainTrust[i], columns.createdAt[i], columns.recordedFrom[i]]).toEqual([i % 101, i, i]);
      expect([columns.recordedTo[i], columns.validFrom[i], columns.validTo[i]]).toEqual([
        Infinity,
        -Infinity,
        Infinity,
      ]);
      expect([columns.collectionId[i], columns.parent[i]]).toEqual([i % 2 === 0 ? 0 : -1, i - 1]);
    }
  });
});
