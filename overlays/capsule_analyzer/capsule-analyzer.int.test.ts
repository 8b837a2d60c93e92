import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildOverlay, readBuilt } from '@forge-cascade/overlay-sdk';
import { MemoryHost, OverlayInstance, refusal, type HostAnswer } from '@forge-cascade/overlay-sdk/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

interface Quote {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

interface Analysis {
  readonly id: string | null;
  readonly summary: readonly Quote[];
  readonly keywords: readonly { readonly term: string; readonly score: number; readonly count: number }[];
  readonly quality: {
    readonly score: number;
    readonly reasons: readonly { readonly code: string; readonly effect: number }[];
  };
  readonly duplicates: readonly { readonly id: string; readonly resemblance: number; readonly contained: boolean }[];
  readonly contradictions: readonly {
    readonly id: string;
    readonly kind: string;
    readonly own: Quote;
    readonly other: string;
  }[];
  readonly compared: boolean;
  readonly truncated: boolean;
}

interface Pair {
  readonly kind: string | null;
  readonly a: string;
  readonly b: string;
}

let built: Awaited<ReturnType<typeof readBuilt>>;
beforeAll(async () => {
  built = await readBuilt((await buildOverlay(fileURLToPath(new URL('.', import.meta.url)))).folder);
});

const instance = (answer?: HostAnswer): OverlayInstance => new OverlayInstance(built.wasm, built.manifest, answer);
const analyse = (input: object): Analysis => instance().run('analyze_capsule', input) as Analysis;

const REPORT = `# Cold chain of the vaccine

The vaccine must be kept below minus twenty degrees while it is transported. A data logger in each box records the
temperature every five minutes, e.g. with the model "T4". Boxes whose temperature rose above minus fifteen degrees are
set aside.

    temperature = logger.read()

The hospital checks the data logger when the boxes arrive. It sends the readings of the data logger to the registry
within 24 hours. See https://example.org/cold-chain for the procedure, adopted in 2021 and revised in 2023.

| box | degrees |
|---|---|
| 1 | -21 |

Boxes that were set aside are examined by the manufacturer. The manufacturer decides within five days whether the
vaccine may be used. Nurses are told of the decision by the registry.`;

describe('capsule analyzer', () => {
  it('[OCA-1] the summary is at most three sentences of the prose, unchanged and in order', () => {
    const { summary } = analyse({ content: REPORT, title: 'Cold chain of the vaccine' });
    expect(summary.length).toBeGreaterThan(0);
    expect(summary.length).toBeLessThanOrEqual(3);
    for (const { text, start, end } of summary) {
      expect(REPORT.slice(start, end)).toBe(text);
      expect(text).toMatch(/[.!?]$/u);
      expect(text).not.toMatch(/logger\.read|\|/u);
    }
    expect(summary.map(({ start }) => start)).toEqual(summary.map(({ start }) => start).sort((a, b) => a - b));
  });

  it('[OCA-1] places count UTF-16 units', () => {
    const content = `Größe 👩‍🔬 東京 matters greatly for every experiment here. ${REPORT}`;
    for (const { text, start, end } of analyse({ content }).summary) expect(content.slice(start, end)).toBe(text);
  });

  it('[OCA-2] keywords are phrases of the text, the telling ones first', () => {
    const { keywords } = analyse({ content: REPORT, title: 'Cold chain of the vaccine' });
    const terms = keywords.map(({ term }) => term.replace(/\s+/gu, ' ').toLowerCase());
    expect(terms.slice(0, 4)).toContain('data logger');
    expect(keywords.length).toBeLessThanOrEqual(10);
    for (const { term } of keywords) expect(REPORT).toContain(term);
    expect(keywords.map(({ score }) => score)).toEqual(keywords.map(({ score }) => score).sort((a, b) => b - a));
  });

  it('[OCA-3] finds near duplicates and what is contained in another capsule', () => {
    const close = REPORT.replace('five minutes', 'ten minutes');
    const others = [
      { id: 'close', content: close },
      { id: 'whole', content: `${REPORT}\n\n${'Another matter altogether, which goes on for long. '.repeat(40)}` },
      { id: 'other', content: 'The lease for the office in Hamburg ends next year, and the landlord wants to sell.' },
    ];
    const { duplicates, quality } = analyse({ content: REPORT, others });
    expect(duplicates).toMatchObject([
      { id: 'close', contained: true },
      { id: 'whole', contained: true },
    ]);
    expect(duplicates[0]?.resemblance).toBeGreaterThan(0.9);
    expect(quality.reasons.map(({ code }) => code)).toContain('duplicate');
  });

  it('[OCA-4] finds sentences that are alike but for a negation, an opposite, a number or a date', () => {
    const pairs = readFileSync(new URL('labelled/pairs.jsonl', import.meta.url), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Pair);
    const overlay = instance();
    const found = pairs.map(({ a, b }) => {
      const out = overlay.run('analyze_capsule', { content: a, others: [{ id: 'b', content: b }] }) as Analysis;
      return out.contradictions[0]?.kind ?? null;
    });
    const right = pairs.filter(({ kind }, index) => kind !== null && found[index] === kind).length;
    expect(right / found.filter((kind) => kind !== null).length).toBeGreaterThanOrEqual(0.9);
    expect(right / pairs.filter(({ kind }) => kind !== null).length).toBeGreaterThanOrEqual(0.9);
  });

  it.each([
    ['Note 12 about the cold chain, number 12.', 'Note 13 about the cold chain, number 13.', null],
    ['Ticket #31 concerns the freezer alarm of the lab.', 'Ticket #32 concerns the freezer alarm of the lab.', null],
    ['Batch no. 7 of the serum was tested.', 'Batch No. 8 of the serum was tested.', null],
    ['Note 12: serum vials kept at 5 degrees.', 'Note 13: serum vials kept at 8 degrees.', null],
    ['Note 12: serum vials kept at 5 degrees.', 'Note 12: serum vials kept at 8 degrees.', 'number'],
    ['The serum vials are kept at 5 degrees.', 'The serum vials are kept at 8 degrees.', 'number'],
  ])('[OCA-8] takes numbers that name something for no contradiction: %s', (content, other, kind) => {
    const out = instance().run('analyze_capsule', { content, others: [{ id: 'b', content: other }] }) as Analysis;
    expect(out.contradictions[0]?.kind ?? null).toBe(kind);
  });

  it('[OCA-5] quality is its reasons added to a half, between 0 and 1', () => {
    const good = analyse({ content: REPORT, title: 'Cold chain' }).quality;
    const bad = analyse({ content: 'TODO LOREM IPSUM ALL IN CAPITALS, TBD AND NEVER FINISHED AT ALL' }).quality;
    expect(good.reasons.map(({ code }) => code)).toEqual(expect.arrayContaining(['titled', 'readable', 'references']));
    expect(bad.reasons.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['too_short', 'unfinished', 'shouting']),
    );
    for (const { score, reasons } of [good, bad]) {
      expect(score).toBeCloseTo(
        Math.min(
          1,
          Math.max(
            0,
            reasons.reduce((sum, { effect }) => sum + effect, 0.5),
          ),
        ),
        3,
      );
    }
    expect(good.score).toBeGreaterThan(bad.score + 0.4);
  });

  it('[OCA-6] reads a new capsule and its likes through the host, and publishes no text of it', () => {
    const capsules: Readonly<Record<string, object>> = {
      new: { id: 'new', title: 'Cold chain', content: REPORT },
      old: { id: 'old', content: REPORT.replace('within 24 hours', 'within 48 hours') },
    };
    const host = new MemoryHost({
      operations: {
        'capsule.get': ({ id }) => capsules[String(id)] ?? null,
        'capsule.similar': () => ({ items: [{ capsule: { id: 'old', title: 'no content here' }, score: 0.9 }] }),
      },
    });
    const event = { type: 'capsule.created', payload: { id: 'new' }, source: 'engine', correlation_id: 'c', hops: 0 };
    const analysis = instance(host.answer).run('on_capsule', event) as Analysis;
    expect(analysis).toMatchObject({ id: 'new', compared: true, duplicates: [{ id: 'old' }] });
    expect(analysis.contradictions).toMatchObject([{ id: 'old', kind: 'number' }]);
    expect(host.events).toMatchObject([
      {
        type: 'capsule_analyzed',
        payload: { id: 'new', duplicates: ['old'], contradictions: [{ id: 'old', kind: 'number' }] },
      },
    ]);
    expect(JSON.stringify(host.events)).not.toMatch(/vaccine|logger/u);
  });

  it('[OCA-6] analyses what was stored together in one call, compares it while it is little, and tells of all of it', () => {
    const ids = Array.from({ length: 32 }, (_, i) => `c${i}`);
    const likes: string[] = [];
    const host = new MemoryHost({
      operations: {
        'capsule.get': ({ id }) =>
          id === 'c3' ? null : { id, title: 'Cold chain', content: `${REPORT} ${String(id)}` },
        'capsule.similar': ({ id }) => {
          likes.push(String(id));
          return { items: [0, 1, 2, 3, 4].map((n) => ({ capsule: { id: `old${n}` }, score: 0.9 })) };
        },
      },
    });
    const told = (together: number) => {
      const event = {
        type: 'capsules.stored',
        payload: { ids, together },
        source: 'engine',
        correlation_id: 'c',
        hops: 0,
      };
      return instance(host.answer).run('on_capsules', event);
    };
    expect(told(32)).toEqual({ analysed: 31, unread: 1 });
    expect(likes).toHaveLength(31);
    expect(told(500)).toEqual({ analysed: 31, unread: 1 });
    expect(likes).toHaveLength(31);
    const [few, many] = host.events.map(({ type, payload }) => {
      expect(type).toBe('capsules_analyzed');
      return (payload as { capsules: { id: string; compared: boolean; duplicates: string[] }[] }).capsules;
    });
    expect(few?.map(({ id }) => id)).toEqual(ids.filter((id) => id !== 'c3'));
    expect(few?.[0]).toMatchObject({ compared: true, duplicates: ['old0', 'old1', 'old2', 'old3', 'old4'] });
    expect(many?.[0]).toMatchObject({ compared: false, duplicates: [] });
    expect(JSON.stringify(host.events)).not.toMatch(/vaccine|logger/u);
  });

  it('[OCA-6] leaves of what was stored together what is too much for one call', () => {
    const content = `${REPORT}\n\n`.repeat(Math.ceil(131_072 / REPORT.length));
    const host = new MemoryHost({ operations: { 'capsule.get': ({ id }) => ({ id, content }) } });
    const ids = Array.from({ length: 32 }, (_, i) => `c${i}`);
    const event = {
      type: 'capsules.stored',
      payload: { ids, together: 500 },
      source: 'engine',
      correlation_id: 'c',
      hops: 0,
    };
    const { analysed, unread } = instance(host.answer).run('on_capsules', event) as {
      analysed: number;
      unread: number;
    };
    expect(analysed).toBeGreaterThanOrEqual(7);
    expect(analysed + unread).toBe(32);
  });

  it('[OCA-6] says what cannot be read, and analyses without likes where the host tells none', () => {
    const unknown = instance(() => ({ ok: null })).run('analyze_capsule', { id: 'gone' });
    expect(unknown).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(instance().run('analyze_capsule', {})).toMatchObject({ error: { code: 'INVALID' } });
    const alone: HostAnswer = (_, request) =>
      JSON.stringify(request).includes('similar')
        ? refusal('UNAVAILABLE', 'not now')
        : { ok: { id: 'a', content: REPORT } };
    expect(instance(alone).run('analyze_capsule', { id: 'a' })).toMatchObject({ compared: false, duplicates: [] });
  });

  it('[OCA-7] answers any text within bounds', () => {
    const overlay = instance();
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const content = text.toWellFormed();
        const out = overlay.run('analyze_capsule', { content, others: [{ id: 'o', content }] }) as Analysis;
        for (const { text: quoted, start, end } of out.summary) expect(content.slice(start, end)).toBe(quoted);
        expect(out.contradictions).toEqual([]);
      }),
    );
    const long = analyse({ content: 'The warehouse manager counts every pallet in the morning. '.repeat(10_000) });
    expect(long).toMatchObject({ truncated: true });
    expect(long.quality.reasons.map(({ code }) => code)).toContain('repetitive');
    expect(overlay.pages).toBeLessThanOrEqual(512);
  });
});
