import { cp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GivenCli } from './given-cli.js';

const TINY_MODEL = fileURLToPath(new URL('../../server/src/fixtures/tiny-model', import.meta.url));

interface Listed {
  readonly in_use: string;
  readonly models: readonly { readonly name: string; readonly in_use: boolean; readonly fault: string | null }[];
}
const listed = { parse: (value: unknown) => value as Listed };

let cli: GivenCli;
beforeEach(async () => {
  cli = await GivenCli.make();
});
afterEach(() => cli.end());

const offline = (): Record<string, string> => ({ FORGE_ONNX_RUNTIME: cli.path('no-runtime') });

describe('forge model', () => {
  it('[EMB-24] lists the built-in model, and makes no data folder for that', async () => {
    const { code, out } = await cli.run(['model', 'list']);
    expect({ code, lines: out.split('\n').length }).toEqual({ code: 0, lines: 3 });
    expect(out).toMatch(/^hashing +384 +yes +built in/m);
    expect(await readdir(cli.folder)).toEqual([]);
  });

  it('[EMB-24] shows which one is in use, and what is wrong with one', async () => {
    const folder = join(cli.data, 'models', 'tiny');
    await cp(TINY_MODEL, folder, { recursive: true });
    await writeFile(join(folder, 'model.json'), '{');
    const env = { FORGE_EMBEDDINGS: 'onnx:tiny' };
    const { in_use: inUse, models } = await cli.json(['model', 'list'], listed, { env });
    expect(inUse).toBe('onnx:tiny');
    expect(models.map(({ name, in_use: used }) => [name, used])).toEqual([
      ['hashing', false],
      ['tiny', true],
    ]);
    expect(models[1]?.fault).toContain('model.json is not JSON');
    const server = { FORGE_EMBEDDINGS: 'openai:some', FORGE_EMBEDDINGS_URL: 'http://127.0.0.1:9' };
    expect((await cli.run(['model', 'list'], { env: server })).out).toMatch(/In use: openai:some\n$/);
  });

  it('[EMB-24] removes a model, unless it is the chosen one', async () => {
    await cp(TINY_MODEL, join(cli.data, 'models', 'tiny'), { recursive: true });
    const chosen = await cli.run(['model', 'remove', 'tiny'], { env: { FORGE_EMBEDDINGS: 'onnx:tiny' } });
    expect(chosen).toMatchObject({ code: 1, out: '' });
    expect(await cli.run(['model', 'remove', 'tiny'])).toMatchObject({ code: 0, err: '' });
    expect((await cli.json(['model', 'list'], listed)).models).toHaveLength(1);
    expect(await cli.run(['model', 'remove', 'tiny'])).toMatchObject({ code: 1 });
  });

  it('[EMB-22] says in one line what to install when the runtime is not there', async () => {
    const { code, out, err } = await cli.run(['model', 'add', TINY_MODEL], { env: offline() });
    expect({ code, out, lines: err.trim().split('\n').length }).toEqual({ code: 1, out: '', lines: 1 });
    expect(err).toContain('npm install --no-save --ignore-scripts onnxruntime-node@');
    expect((await cli.json(['model', 'list'], listed)).models).toHaveLength(1);
  });

  it('[EMB-23] asks the hub that is set, and names what is no model', async () => {
    const env = { ...offline(), FORGE_MODEL_HUB: 'http://127.0.0.1:9' };
    const { code, err } = await cli.run(['model', 'add', 'minilm'], { env });
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining(
        'Xenova/all-MiniLM-L6-v2 on the hub cannot be fetched from http://127.0.0.1:9',
      ) as string,
    });
    expect((await cli.run(['model', 'add', 'nothing'], { env })).err).toContain(
      'neither a folder nor the name of a model',
    );
    expect(await cli.run(['model', 'add', 'minilm'], { env: { FORGE_MODEL_HUB: 'ftp://x' } })).toMatchObject({
      code: 2,
    });
  });

  it('[CLI-1] does not pretend to speak of a server’s models', async () => {
    const { code, err } = await cli.run(['model', 'list', '--url', 'http://127.0.0.1:9']);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('name it with --data') as string });
  });

  it('[CLI-10] names a setting that cannot be used, without its value', async () => {
    const { code, err } = await cli.run(['model', 'list'], { env: { FORGE_EMBEDDINGS: 'secret' } });
    expect(code).toBe(2);
    expect(err).toContain('FORGE_EMBEDDINGS must be');
    expect(err).not.toContain('secret');
  });
});
