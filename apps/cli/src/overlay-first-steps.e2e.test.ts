import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GivenCli } from './given-cli.js';

const PAGE = new URL('../../../docs/overlays/writing-an-overlay.md', import.meta.url);

let cli: GivenCli;
beforeAll(async () => {
  cli = await GivenCli.make();
  // The folder that a server has left.
  expect((await cli.run(['capsule', 'create', '--content', 'First.'])).code).toBe(0);
});
afterAll(() => cli.end());

/** The arguments of each `npx forge` line in the first block of commands of a page. */
function commandsIn(page: string): readonly (readonly string[])[] {
  const block = /```sh\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const lines = block.split('\n').filter((line) => line.includes('forge '));
  return lines.map((line) => {
    const command = line.replace(/\s+#.*$/, '').replace(/^\s*(?:npx )?forge /, '');
    return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
  });
}

describe('the first steps with overlays', () => {
  it('[SDK-10] go as the page says, one line after the other, beside the data', async () => {
    const commands = commandsIn(await readFile(PAGE, 'utf8'));
    expect(commands.map(([, verb]) => verb)).toEqual(['init', 'build', 'test', 'install', 'run']);
    for (const command of commands) {
      const { code, out, err } = await cli.run(command);
      expect([command.join(' '), code, err]).toEqual([command.join(' '), 0, '']);
      if (command[1] === 'run') expect(out).toContain('Hello, Ada');
    }
  });

  it('[SDK-10] go as the README of a new overlay says', async () => {
    expect((await cli.run(['overlay', 'init', 'other'])).out).toContain('Next: forge overlay test other');
    const page = await readFile(cli.path('other/README.md'), 'utf8');
    for (const line of page.split('\n').filter((one) => one.startsWith('    forge '))) {
      const [command = []] = commandsIn(`\`\`\`sh\n${line}\n\`\`\``);
      const { code, err } = await cli.run(command);
      expect([line, code, err]).toEqual([line, 0, '']);
    }
  });

  it('[CLI-4] [SDK-10] name what is wrong, in JSON where that was asked for', async () => {
    const source = await cli.run(['overlay', 'install', 'hello', '--json']);
    expect(source.code).toBe(1);
    expect(JSON.parse(source.out)).toMatchObject({
      code: 'STATE_CONFLICT',
      status: 409,
      detail: 'There is no module in hello.',
      hint: 'Build it with forge overlay build hello, and install hello/build.',
    });
    const manifest = JSON.parse(await readFile(cli.path('hello/manifest.json'), 'utf8')) as object;
    for (const [fault, named] of [
      [{ version: '1' }, 'version'],
      [{ fuel_budget: { greet: -4 } }, 'fuel_budget'],
      [{ trust_required: 200 }, 'trust_required'],
      [{ allowed_hosts: ['*.evil.example'] }, 'allowed_hosts'],
      [{ fuel: 3 }, 'fuel'],
    ] as const) {
      await cli.write({ 'hello/manifest.json': JSON.stringify({ ...manifest, ...fault }) });
      for (const verb of ['build', 'test']) {
        const { code, out } = await cli.run(['overlay', verb, 'hello', '--json']);
        expect([verb, code]).toEqual([verb, 1]);
        expect((JSON.parse(out) as { detail: string }).detail).toMatch(
          new RegExp(`hello/manifest\\.json is no manifest: .*${named}`),
        );
      }
    }
  });
});
