import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cases, groundwork } from './fixtures/import-table.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
  readonly to: string;
}

/** Violations as `file: rule`, sorted. */
async function violationsIn(folder: string): Promise<string[]> {
  const cruiser = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [cruiser, '--config', join(ROOT, 'tools/import-table.cjs'), '--output-type', 'json', 'packages', 'apps'];
  const { stdout } = await run(process.execPath, args, { cwd: folder, maxBuffer: 256 * 1024 * 1024 });
  const { summary } = JSON.parse(stdout) as { summary: { violations: Violation[]; totalCruised: number } };
  expect(summary.totalCruised).toBeGreaterThan(0);
  return summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`).sort();
}

// Reading the whole repository takes seconds, and more on a busy machine.
describe('import table', { timeout: 120_000 }, () => {
  let miniature: string;

  beforeAll(async () => {
    miniature = await realpath(await mkdtemp(join(tmpdir(), 'import-table-')));
    const files = [
      ...Object.entries(groundwork),
      ...cases.map(({ file, imports }) => [file, `import { value } from '${imports}';\nexport { value };\n`] as const),
    ];
    for (const [file, text] of files) {
      await mkdir(dirname(join(miniature, file)), { recursive: true });
      await writeFile(join(miniature, file), text);
    }
    await mkdir(join(miniature, 'node_modules/@forge-cascade'));
    for (const group of ['packages', 'apps']) {
      for (const name of await readdir(join(miniature, group))) {
        await symlink(join(miniature, group, name), join(miniature, 'node_modules/@forge-cascade', name));
      }
    }
  });

  afterAll(() => rm(miniature, { recursive: true, force: true }));

  it('reports each forbidden import of the miniature by its rule, and no permitted one', async () => {
    const expected = cases.flatMap(({ file, breaks }) => breaks.map((rule) => `${file}: ${rule}`)).sort();
    expect(await violationsIn(miniature)).toEqual(expected);
  });

  it('finds nothing in this repository', async () => {
    expect(await violationsIn(ROOT)).toEqual([]);
  });
});
