import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkedEmbeddings } from './checked-embeddings.js';
import { hashingEmbedder } from './hashing-embedder.js';

const embedder = hashingEmbedder();

async function cosine(a: string, b: string): Promise<number> {
  const [x, y] = await embedder.embed([a, b], 'document');
  return x!.reduce((sum, number, at) => sum + number * y![at]!, 0);
}

const WAL =
  'We keep the journal in WAL mode so that readers never wait for the writer. Every commit is synced to disk before it ' +
  'is acknowledged, and a checkpoint truncates the log once it exceeds four megabytes. Backups copy the database with ' +
  'the online interface while the server goes on serving requests.';
const TEXTS = [
  WAL,
  'Neonatal white matter was imaged with diffusion tensor magnetic resonance in forty preterm infants; anisotropy rose ' +
    'with gestational age in the internal capsule, which agrees with histological data on premyelination.',
  'The tenant shall pay rent monthly in advance. If payment is late by more than ten days, the landlord may charge a ' +
    'fee of five per cent and, after written notice, terminate this agreement.',
  'Caroline painted a sunrise over the lake last weekend and took her kids camping; Melanie signed up for pottery.',
  'PEP 572 adds assignment expressions. Guido accepted it and then stepped down; a steering council governs Python now.',
];

describe('hashingEmbedder', () => {
  it('[EMB-6] has known values, so that stored vectors keep their meaning', async () => {
    const [vector] = await embedder.embed(['Trust is a chain.'], 'document');
    const places = [...vector!.entries()].filter(([, value]) => Math.abs(value) > 0.2);
    expect(embedder.model).toBe('hashing-384-v1.2');
    expect(places.map(([place, value]) => [place, Math.round(value * 1_000)])).toEqual([
      [22, 251],
      [110, 338],
      [216, -251],
      [223, 251],
      [295, 251],
      [343, 251],
    ]);
  });

  it('[EMB-6] gives a unit vector for any text, the same one every time', async () => {
    const checked = checkedEmbeddings(embedder);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', ' ', '!!!', '💥', '\u0000')),
        async (text) => {
          const [first] = await checked.embed([text], 'document');
          const [raw, again] = await embedder.embed([text, text], 'query');
          expect(Math.hypot(...raw!)).toBeCloseTo(1, 5);
          expect(again).toEqual(raw);
          expect(first).toHaveLength(384);
        },
      ),
    );
  });

  it('[EMB-7] puts near-duplicates close together', async () => {
    for (const text of TEXTS) {
      expect(await cosine(text, text.toUpperCase())).toBeGreaterThan(0.9);
      expect(await cosine(text, text.replaceAll(' ', '\n  '))).toBeGreaterThan(0.999);
    }
    const edited = WAL.replace('four', 'sixteen').replace('goes on', 'keeps').replace('acknowledged', 'confirmed');
    expect(await cosine(WAL, edited)).toBeGreaterThan(0.9);
    expect(await cosine(WAL, `${WAL} This was agreed on Monday.`)).toBeGreaterThan(0.9);
  });

  it('[EMB-7] keeps unrelated texts apart', async () => {
    for (const [at, one] of TEXTS.entries()) {
      for (const other of TEXTS.slice(at + 1)) expect(await cosine(one, other)).toBeLessThan(0.3);
    }
  });

  it('[EMB-8] sees through spelling and inflection, and past stop words', async () => {
    expect(await cosine('quarantine', 'quarentine')).toBeGreaterThan(0.3);
    expect(await cosine('capsules were retracted', 'retracting a capsule')).toBeGreaterThan(0.9);
    expect(await cosine('quarantine', 'governance')).toBeLessThan(0.2);
    expect(await cosine('the ledger of the firm', 'a ledger for a firm')).toBeGreaterThan(0.9);
    expect(await cosine('this is what it was', 'this is the ledger as it was')).toBeLessThan(0.3);
  });
});
