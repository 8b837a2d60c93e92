import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CapsuleHeader } from '../capsule/capsule.js';
import type { CapsuleFilter } from '../ports/capsule-reader.js';
import { maskConditions } from './asked-search.js';
import { DocColumns } from './doc-columns.js';
import { failedConditions } from './failed-conditions.js';
import { buildMask } from './filter-mask.js';

const time = (day: number): string => new Date(Date.UTC(2026, 0, day)).toISOString();

interface Given extends Partial<CapsuleHeader> {
  readonly seriesId: string;
  readonly seq: number;
}

/** Columns and headers of the same documents, in the order of the ledger. */
class Documents {
  readonly columns = new DocColumns();
  readonly headers: CapsuleHeader[] = [];

  add(given: Given): number {
    const former = this.headers.findIndex(({ seriesId, isHead }) => seriesId === given.seriesId && isHead);
    if (former >= 0) this.headers[former] = { ...(this.headers[former] as CapsuleHeader), isHead: false };
    const header = {
      ...{ id: `id-${given.seq}`, headId: '', isHead: true, version: '1.0.0', key: null, ownerId: 'ann' },
      ...{ parentId: null, type: 'knowledge', title: null, summary: '', tags: [], collection: null, position: null },
      ...{ validFrom: null, validTo: null, trust: 60, chainTrust: 60, tainted: false, warned: false },
      ...{ retracted: false, archived: false, createdAt: time(given.seq), updatedAt: time(given.seq) },
      ...given,
    } as CapsuleHeader;
    this.headers.push(header);
    const ordinal = this.columns.add({
      ...header,
      createdAt: Date.parse(header.createdAt),
      validFrom: header.validFrom === null ? null : Date.parse(header.validFrom),
      validTo: header.validTo === null ? null : Date.parse(header.validTo),
      recordedFrom: header.seq,
      parent: null,
    });
    this.columns.setFlag(ordinal, 'retracted', header.retracted);
    return ordinal;
  }

  failed(ordinal: number, asked: CapsuleFilter, asOfSeq: number | null = null) {
    const conditions = maskConditions(asked, asOfSeq);
    return failedConditions({
      columns: this.columns,
      ordinal,
      header: this.headers[ordinal] as CapsuleHeader,
      asked,
      conditions,
    });
  }

  passes(ordinal: number, asked: CapsuleFilter, asOfSeq: number | null): boolean {
    const mask = new Uint8Array(this.columns.size);
    buildMask(this.columns, maskConditions(asked, asOfSeq), mask);
    return mask[ordinal] === 1;
  }
}

const document = fc.record(
  {
    type: fc.constantFrom('code', 'decision'),
    ownerId: fc.constantFrom('ann', 'ben'),
    tags: fc.subarray(['x', 'y']),
    collection: fc.constantFrom(null, 'a', 'a/b', 'z'),
    chainTrust: fc.constantFrom(0, 40, 60),
    retracted: fc.boolean(),
    validFrom: fc.constantFrom(null, time(3)),
    validTo: fc.constantFrom(null, time(6)),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Partial<CapsuleHeader>>;

const filter = fc.record(
  {
    minTrust: fc.constantFrom(0, 41),
    types: fc.subarray(['code', 'decision'] as const),
    tags: fc.subarray(['x', 'y', 'z']),
    ownerId: fc.constantFrom('ann', 'eve'),
    collection: fc.constantFrom('a', 'a/b'),
    validAt: fc.constantFrom(time(1), time(4), time(8)),
    createdFrom: fc.constantFrom(time(1), time(5)),
    createdTo: fc.constantFrom(time(4), time(9)),
    includeArchived: fc.boolean(),
    includeRetracted: fc.boolean(),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<CapsuleFilter>;

describe('failed conditions', () => {
  it('[SEA-50] are none exactly when the filter lets the document through', () => {
    const added = fc.tuple(fc.constantFrom('s1', 's2', 's3'), document, fc.constantFrom('', 'archive', 'unarchive'));
    const asOfSeq = fc.option(fc.nat(12), { nil: null });
    fc.assert(
      fc.property(fc.array(added, { minLength: 1, maxLength: 10 }), filter, asOfSeq, (all, asked, seq) => {
        const documents = new Documents();
        all.forEach(([seriesId, given, then], i) => {
          documents.add({ ...given, seriesId, seq: i + 1 });
          if (then === 'archive') documents.columns.archive(seriesId, i + 1.5);
          if (then === 'unarchive') documents.columns.unarchive(seriesId, i + 1.5);
        });
        const whole = seq === null ? asked : { ...asked, asOf: time(seq) };
        for (let ordinal = 0; ordinal < documents.columns.size; ordinal++) {
          expect(documents.failed(ordinal, whole, seq).length === 0).toBe(documents.passes(ordinal, whole, seq));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('[SEA-51] say each with the value that fails', () => {
    const documents = new Documents();
    const old = documents.add({ seriesId: 's', seq: 1 });
    const head = documents.add({
      ...{ seriesId: 's', seq: 4, version: '1.1.0', retracted: true, trust: 80, chainTrust: 45, collection: 'a/b' },
      ...{ type: 'code', tags: ['x'], validFrom: time(3), validTo: time(6) },
    });
    documents.columns.archive('s', 5);
    const texts = (ordinal: number, asked: CapsuleFilter, seq: number | null = null) =>
      documents.failed(ordinal, asked, seq).map(({ condition, text }) => `${condition}: ${text}`);
    expect(texts(old, { includeArchived: true })).toEqual([
      'newerVersion: It is version 1.0.0, and a newer version exists.',
    ]);
    expect(texts(head, {})).toEqual(['archived: Its series is archived.', 'retracted: It was retracted.']);
    const shown = { includeArchived: true, includeRetracted: true };
    expect(
      texts(head, {
        ...shown,
        ...{ minTrust: 60, types: ['decision', 'insight'], tags: ['x', 'y', 'z'], ownerId: 'ben', collection: 'a/c' },
        ...{ validAt: time(6), createdFrom: time(5), createdTo: time(4) },
      }),
    ).toEqual([
      'minTrust: Its chain trust 45 is below the 60 asked for, though its own trust is 80.',
      'types: Its type is code, not decision or insight.',
      'tags: It does not carry the tags y and z.',
      'ownerId: It belongs to ann, not to ben.',
      'collection: It is in the collection a/b, not in a/c.',
      `validAt: It holds true from ${time(3)} until ${time(6)}, so not at ${time(6)}.`,
      `createdFrom: It was created ${time(4)}, before ${time(5)}.`,
      `createdTo: It was created ${time(4)}, not before ${time(4)}.`,
    ]);
    expect(texts(old, { tags: ['y'], collection: 'a', types: [] })).toEqual([
      'newerVersion: It is version 1.0.0, and a newer version exists.',
      'types: Its type is knowledge, not one of none.',
      'tags: It does not carry the tag y.',
      'collection: It is in no collection, not in a.',
    ]);
    expect(texts(old, { asOf: time(5), includeArchived: true }, 5)).toEqual([
      `asOf: It is version 1.0.0, which a newer one had replaced by ${time(5)}.`,
    ]);
    expect(texts(head, { ...shown, asOf: time(2) }, 2)).toEqual([
      `asOf: It was recorded ${time(4)}, after ${time(2)}.`,
    ]);
    expect(texts(head, { includeRetracted: true, asOf: time(6) }, 6)).toEqual(['archived: Its series was archived.']);
  });
});
