import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GivenCli } from './given-cli.js';

interface Evaluated {
  readonly collection: string;
  readonly model: string | null;
  readonly questions: number;
  readonly ndcg_at_10: number;
  readonly mrr_at_10: number;
  readonly by_category: Readonly<Record<string, { readonly questions: number }>>;
  readonly latency_ms: { readonly p50: number; readonly p95: number };
  readonly stored: Readonly<Record<'created' | 'versioned' | 'unchanged' | 'archived', number>>;
  readonly unknown: readonly { readonly line: number }[];
}

const as = <T>(): { parse(value: unknown): T } => ({ parse: (value) => value as T });
const SAMPLE = fileURLToPath(new URL('../../../examples/evaluation-set', import.meta.url));
const lines = (...values: readonly unknown[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('');

describe('forge eval', () => {
  let cli: GivenCli;
  beforeAll(async () => {
    cli = await GivenCli.make();
    await mkdir(cli.path('tmp'));
  });
  afterAll(() => cli.end());

  const evaluate = (folder: string, ...flags: string[]): Promise<Evaluated> =>
    cli.json(['eval', folder, ...flags], as<Evaluated>(), { env: { TMPDIR: cli.path('tmp') } });
  const ledgerSize = async (): Promise<number> =>
    (await cli.json(['status'], as<{ ledger_size: number }>())).ledger_size;

  it('[EVA-10] measures in a memory of its own and leaves nothing behind', async () => {
    const found = await evaluate(SAMPLE, '--run', 'found.run');
    expect(found).toMatchObject({ questions: 8, stored: { created: 12 }, unknown: [] });
    expect(found.ndcg_at_10).toBeGreaterThan(0.85);
    expect(found.by_category).toMatchObject({ fact: { questions: 6 }, reason: { questions: 2 } });
    expect(found.latency_ms.p50).toBeGreaterThan(0);
    expect(existsSync(cli.data)).toBe(false);
    expect(await readdir(cli.path('tmp'))).toEqual([]);
    expect(await readFile(cli.path('found.run'), 'utf8')).toMatch(/^q1 harbour-1 1 [\d.]+\n/);
  });

  it('[EVA-5] stores a set once in the memory there is, and follows what changes in it', async () => {
    const docs = [
      { id: 'a', text: 'The red kite nests in the old oak.', group: 'one' },
      { id: 'b', text: 'The red kite nests in the tall spruce.', group: 'two' },
    ];
    await cli.write({
      'birds/docs.jsonl': lines(...docs, { id: 'c', text: 'Where does the red kite nest? Nobody says.', group: 'one' }),
      'birds/queries.jsonl': lines(
        { id: 'q1', text: 'Where does the red kite nest?', group: 'one' },
        { id: 'q2', text: 'Where does the red kite nest?', group: 'two' },
      ),
      'birds/qrels.jsonl': lines({ qid: 'q1', docid: 'a', rel: 1 }, { qid: 'q2', docid: 'b', rel: 1 }),
    });
    const into = async () => {
      const evaluated = await evaluate('birds', '--into', '--run', 'birds.run');
      return { ...evaluated, run: await readFile(cli.path('birds.run'), 'utf8') };
    };
    const first = await into();
    expect(first).toMatchObject({ collection: 'eval/birds', stored: { created: 3 } });
    expect(first.run).toContain('q1 c ');
    const size = await ledgerSize();
    expect(await evaluate('birds', '--into')).toMatchObject({ stored: { created: 0, versioned: 0, unchanged: 3 } });
    expect(await ledgerSize()).toBe(size);

    await cli.write({ 'birds/docs.jsonl': lines(...docs) });
    const without = await into();
    expect(without).toMatchObject({ stored: { unchanged: 2, archived: 1 }, mrr_at_10: 1 });
    expect(without.run).not.toContain('q1 c ');
    expect(await evaluate('birds', '--into')).toMatchObject({ stored: { unchanged: 2, archived: 0 } });
  });

  it('[EVA-5] keeps sets of other names apart', async () => {
    expect(await evaluate('birds', '--into', '--name', 'birds again')).toMatchObject({
      collection: 'eval/birds again',
      stored: { created: 2, unchanged: 0 },
    });
  });

  it('[EVA-4] asks within the group of the question alone', async () => {
    const run = cli.path('birds.run');
    await evaluate('birds', '--run', run);
    expect((await readFile(run, 'utf8')).split('\n').map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'q1 a',
      'q2 b',
      '',
    ]);
  });

  it('[EVA-2] names the lines that cannot be used before it writes anything', async () => {
    await cli.write({
      'bad/docs.jsonl': '{"id":"a","text":"A"}\n{oops\n',
      'bad/queries.jsonl': lines({ id: 'q' }),
      'bad/qrels.jsonl': lines({ qid: 'q', docid: 'a', rel: 1 }),
    });
    const { code, err } = await cli.run(['eval', 'bad', '--into'], { env: { FORGE_DATA: cli.path('unmade') } });
    expect(code).toBe(1);
    expect(err).toContain('docs.jsonl:2  not valid JSON');
    expect(err).toContain('queries.jsonl:1  has no "text"');
    expect(existsSync(cli.path('unmade'))).toBe(false);
    expect((await cli.run(['eval', 'nowhere'])).err).toContain('docs.jsonl does not exist');
  });

  it('[EVA-2] says which document the memory refused', async () => {
    await cli.write({
      'long/docs.jsonl': lines({ id: 'a', text: 'A' }, { id: 'b', text: 'B', title: 't'.repeat(501) }),
      'long/queries.jsonl': lines({ id: 'q', text: 'A' }),
      'long/qrels.jsonl': lines({ qid: 'q', docid: 'a', rel: 1 }),
    });
    const { code, err } = await cli.run(['eval', 'long']);
    expect(code).toBe(1);
    expect(err).toMatch(/docs\.jsonl:2 {2}.*title/);
  });

  it('[EVA-3] lists judgements about what is not in the set', async () => {
    await cli.write({
      'gaps/docs.jsonl': lines({ id: 'a', text: 'A plain text.' }),
      'gaps/queries.jsonl': lines({ id: 'q', text: 'plain text' }),
      'gaps/qrels.jsonl': lines(
        { qid: 'q', docid: 'a', rel: 1 },
        { qid: 'q', docid: 'gone', rel: 1 },
        { qid: 'nobody', docid: 'a', rel: 1 },
      ),
    });
    expect(await evaluate('gaps')).toMatchObject({
      ...{ questions: 1, recall_at_10: 0.5, unknown: [{ line: 2 }], not_scored: [{ line: 3 }] },
    });
    expect((await cli.run(['eval', 'gaps'])).out).toContain('qrels.jsonl:2  the document gone is not in the set');
  });

  it('[EVA-11] takes the model from the flag or the settings, and refuses what cannot be meant', async () => {
    const usage = async (...flags: string[]): Promise<string> => {
      const { code, err } = await cli.run(['eval', SAMPLE, ...flags]);
      expect(code).toBe(2);
      return err;
    };
    expect(await usage('--embeddings', 'guessing')).toContain('FORGE_EMBEDDINGS must be hashing');
    expect(await usage('--embeddings', 'none', '--into')).toContain('--embeddings is for a memory of its own');
    expect(await usage('--url', 'http://127.0.0.1:1')).toContain('--url needs --into');
    expect(await evaluate(SAMPLE, '--embeddings', 'none')).toMatchObject({ questions: 8, model: null });
    expect((await evaluate(SAMPLE)).model).toBe(null);
    const { code, err } = await cli.run(['eval', SAMPLE, '--embeddings', 'onnx:missing']);
    expect(code).toBe(1);
    expect(err).toContain('The embedding model cannot be used');
  });
});
