import { describe, expect, it } from 'vitest';
import type { CapsuleHeader } from '../capsule/capsule.js';
import { DocColumns } from './doc-columns.js';
import type { SearchFilter } from './filter-mask.js';
import { LexicalIndex } from './lexical-index.js';
import { SearchRanker } from './search-ranker.js';
import { VectorIndex } from './vectors/index.js';
import { whyNot } from './why-not.js';

class Missing {
  readonly index = new LexicalIndex();
  readonly columns = new DocColumns();
  readonly vectors = new VectorIndex(2);
  readonly #ranker = new SearchRanker(this.index, this.columns);

  /** `degrees` is where its vector points; null for none. */
  add(body: string, chainTrust = 60, degrees: number | null = null): number {
    const ordinal = this.columns.add({
      ...{ seriesId: `s${this.columns.size}`, ownerId: 'ann', type: 'knowledge', collection: null, position: null },
      ...{ tags: [], chainTrust, createdAt: 0, validFrom: null, validTo: null, recordedFrom: 1, parent: null },
    });
    if (degrees !== null) this.vectors.set(ordinal, [pointing(degrees)]);
    this.index.add({ title: '', tags: '', body });
    return ordinal;
  }

  ask(ordinal: number, query: string, more: { conditions?: SearchFilter; model?: string; limit?: number } = {}) {
    const { conditions = {}, model, limit = 1 } = more;
    const seen =
      model === undefined
        ? null
        : { model, index: this.vectors, below: this.columns.size, lost: 0, query: pointing(0) };
    const { columns, index } = this;
    const { minTrust } = conditions;
    return whyNot({
      ...{ columns, index, ranker: this.#ranker, ordinal, query, conditions, seen, limit, lastScore: null },
      header: { id: `id-${ordinal}`, isHead: true, trust: 60 } as CapsuleHeader,
      asked: minTrust === undefined ? {} : { minTrust },
    });
  }
}

function pointing(degrees: number): Float32Array {
  const radians = (degrees / 180) * Math.PI;
  return Float32Array.of(Math.cos(radians), Math.sin(radians));
}

describe('why a search does not show a document', () => {
  it('[SEA-52] tells its place among the hits, and what its score is made of', () => {
    const missing = new Missing();
    const best = missing.add('zinc zinc zinc');
    const next = missing.add('zinc and a lot of other words about nothing much at all');
    missing.add('lead');
    expect(missing.ask(best, 'zinc ')).toMatchObject({
      verdict: 'shown',
      failed: [],
      place: { rank: 1, hits: 2, score: 1 },
    });
    const far = missing.ask(next, 'zinc ');
    expect(far).toMatchObject({ id: `id-${next}`, verdict: 'further_down', place: { rank: 2, hits: 2 } });
    expect(far?.words[0]).toBe('It is a hit: number 2 of 2 hits. The page shows the first.');
    expect(far?.words[1]).toMatch(/^Words you asked for stand in its text: \d+ % of its score\.$/);
    const parts = Object.values(far?.place?.explain ?? {}).reduce((a, b) => a + b, 0);
    expect(Math.abs(parts - (far?.place?.score ?? 0))).toBeLessThan(1e-5);
  });

  it('[SEA-52] says that no word occurs in it, and how many come nearer in meaning', () => {
    const missing = new Missing();
    for (let i = 0; i < 150; i++) missing.add('lead', 60, i / 10);
    const far = missing.add('copper', 60, 80);
    const unread = missing.add('silver');
    expect(missing.ask(far, 'zinc ')?.words).toEqual(['None of the words looked for occurs in it.']);
    expect(missing.ask(far, ' ?! ')?.words).toEqual(['The query holds no word to look for.']);
    expect(missing.ask(far, 'zinc ', { model: 'mini' })).toMatchObject({
      verdict: 'no_match',
      place: null,
      words: ['None of the words looked for occurs in it, and 150 capsules come nearer to it in meaning (mini).'],
    });
    expect(missing.ask(unread, 'zinc ', { model: 'mini' })?.words).toEqual([
      'None of the words looked for occurs in it, and mini has not read it yet.',
    ]);
  });

  it('[SEA-53] counts only what the reader’s filter lets through, and the document itself', () => {
    const missing = new Missing();
    for (let i = 0; i < 150; i++) missing.add('zinc zinc', 40, i / 10);
    for (let i = 0; i < 120; i++) missing.add('lead', 60, 20 + i / 10);
    const low = missing.add('zinc', 50, 70);
    const other = missing.add('copper', 60, 80);
    const conditions = { minTrust: 60 };
    expect(missing.ask(low, 'zinc ', { conditions })).toMatchObject({
      verdict: 'kept_out',
      failed: [{ condition: 'minTrust' }],
      place: { rank: 1, hits: 1, score: 1 },
      words: [
        'Its chain trust 50 is below the 60 asked for, though its own trust is 60.',
        'Otherwise it would be number 1 of 1 hit.',
      ],
    });
    expect(missing.ask(other, 'zinc ', { conditions, model: 'mini' })?.words[0]).toContain('120 capsules come nearer');
  });

  it('[SEA-54] knows nothing of what the reader may not see or what was erased', () => {
    const missing = new Missing();
    const hidden = missing.add('zinc');
    const open = missing.add('zinc');
    const conditions = { allowed: Uint8Array.of(0, 1) };
    expect(missing.ask(hidden, 'zinc ', { conditions })).toBeNull();
    expect(missing.ask(open, 'zinc ', { conditions })).toMatchObject({ place: { rank: 1, hits: 1 } });
    expect(missing.ask(open, 'zinc ', { conditions: { allowed: Uint8Array.of(1) } })).toBeNull();
    missing.columns.erase(open);
    expect(missing.ask(open, 'zinc ')).toBeNull();
  });
});
