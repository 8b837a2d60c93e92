import type { Client } from '@forge-cascade/api';
import { describe, expect, it } from 'vitest';
import { resolveReference } from './resolve-reference.js';

const ID = '01900000-0000-7000-8000-000000000001';

/** A client over titles; the series of the n-th is `series n`. */
function given(titles: readonly (string | null)[], keys: readonly string[] = []): Client {
  const items = titles.map((title, n) => ({
    capsule: { id: `id ${n}`, series_id: `series ${n}`, title, parent_id: null },
  }));
  return {
    postSearch: () => Promise.resolve({ body: { items, next_cursor: null } }),
    listCapsules: ({ query }: { query: { key: string } }) =>
      Promise.resolve({
        body: { items: keys.flatMap((key, n) => (key === query.key ? [{ series_id: `series ${n}` }] : [])) },
      }),
  } as unknown as Client;
}

describe('naming a capsule', () => {
  it('[CLI-9] takes an id as it is, and a key after key:', async () => {
    expect(await resolveReference(given([]), ID)).toBe(ID);
    expect(await resolveReference(given([], ['a', 'b:c']), 'key:b:c')).toBe('series 1');
    await expect(resolveReference(given([], ['a']), 'key:z')).rejects.toThrow('No capsule has the key z.');
  });

  it('[CLI-9] takes a whole title before one that begins alike, whatever its case', async () => {
    expect(await resolveReference(given(['Journal mode, revised', 'Journal Mode']), 'journal mode')).toBe('series 1');
  });

  it('[CLI-9] takes the first words of a title, but not half a word', async () => {
    const titles = ['PEP 5660: Other', 'Metadata: PEP 566', 'PEP 566: Metadata', null];
    expect(await resolveReference(given(titles), 'PEP 566')).toBe('series 2');
  });

  it('[CLI-9] refuses what means several or none, naming the nearest', async () => {
    const several = resolveReference(given(['Plan: A', 'Plan: B']), 'plan');
    await expect(several).rejects.toMatchObject({
      message: 'Several capsules are called plan.',
      hint: expect.stringContaining('id 1  Plan: B') as string,
    });
    await expect(resolveReference(given(['Else']), 'plan')).rejects.toMatchObject({
      hint: expect.stringContaining('Else') as string,
    });
    await expect(resolveReference(given([]), 'plan')).rejects.toMatchObject({ hint: 'Give an id or key:NAME.' });
  });
});
