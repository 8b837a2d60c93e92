import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GivenCli } from './given-cli.js';

/** The PEPs as reStructuredText files; they are not part of the repository. */
const corpora = process.env['FORGE_CORPORA'];

interface Lineage {
  readonly root: string;
  readonly nodes: readonly { readonly id: string; readonly title: string | null }[];
  readonly edges: readonly { readonly child: string; readonly parent: string; readonly relation: string }[];
}

const as = <T>(): { parse(value: unknown): T } => ({ parse: (value) => value as T });

if (corpora === undefined) {
  describe('the demonstration on real documents', () => {
    it('needs them: set FORGE_CORPORA to the folder of the PEPs', () => {
      console.info('FORGE_CORPORA is not set: the demonstration on real documents was left out.');
      expect(corpora).toBeUndefined();
    });
  });
} else {
  describe('the demonstration on real documents', () => {
    let cli: GivenCli;
    beforeAll(async () => {
      cli = await GivenCli.make();
      const { code, out, err } = await cli.run(['import', corpora]);
      expect({ code, err: err.replace(/^Storing.*\n/gm, '').replace(/^Reading.*\n/gm, '') }, out).toEqual({
        code: 0,
        err: '',
      });
    });
    afterAll(() => cli.end());

    it('[IMP-4] shows PEP 566 resting on 345, 314 and 241 by fork', async () => {
      const { root, nodes, edges } = await cli.json(['lineage', 'PEP 566'], as<Lineage>());
      const forkOf = (child: string, number: number): string => {
        const parent = nodes.find(({ title }) => title?.startsWith(`PEP ${number}:`) === true)?.id ?? '';
        expect(edges).toContainEqual(expect.objectContaining({ child, parent, relation: 'fork' }));
        return parent;
      };
      forkOf(forkOf(forkOf(root, 345), 314), 241);
    });

    it('[CLI-4] cites PEP 340 and PEP 343 on why the one was left for the other', async () => {
      const answer = await cli.json(
        ['ask', 'Why did PEP 340 not make it, and what replaced it?'],
        as<{ readonly citations: readonly { readonly title: string }[] }>(),
      );
      const titles = answer.citations.map(({ title }) => title);
      expect(titles).toEqual(
        expect.arrayContaining([expect.stringMatching(/^PEP 340:/), expect.stringMatching(/^PEP 343:/)]),
      );
    });

    it('[IMP-13] makes nothing when it is imported again', async () => {
      const again = await cli.json(['import', corpora], as<Record<string, unknown>>());
      expect(again).toMatchObject({ created: 0, versioned: 0, archived: 0, unarchived: 0, problems: [] });
    });
  });
}
