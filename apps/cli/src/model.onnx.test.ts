import { cp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GivenCli } from './given-cli.js';

const TINY_MODEL = fileURLToPath(new URL('../../server/src/fixtures/tiny-model', import.meta.url));

let cli: GivenCli;
beforeEach(async () => {
  cli = await GivenCli.make();
});
afterEach(() => cli.end());

describe('forge model add', () => {
  it('[EMB-24] adds a folder under a name, which is then listed and can be chosen', async () => {
    await cp(TINY_MODEL, cli.path('source'), { recursive: true });
    const env = { FORGE_ONNX_RUNTIME: process.env['FORGE_ONNX_RUNTIME'] ?? '', FORGE_EMBEDDINGS: 'onnx:ours' };
    const added = await cli.run(['model', 'add', 'source', '--name', 'ours'], { env });
    expect(added).toEqual({
      code: 0,
      out: 'Added ours: 8 dimensions, 256 tokens, mean pooling\nUse it with FORGE_EMBEDDINGS=onnx:ours\n',
      err: '',
    });
    expect((await cli.run(['model', 'list'], { env })).out).toMatch(/^ours +8 +0\.0 MB +yes +folder, model\.onnx$/m);
    const again = await cli.run(['model', 'add', 'source', '--name', 'ours'], { env });
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('There is a model ours already') as string });
  });
});
