/** `forge overlay install`. @module */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandContext } from '../../command-context.js';
import { CommandFailure } from '../../usage-error.js';
import { moduleIn } from './module-in.js';

interface Flags {
  readonly trust?: number;
  readonly enable?: true;
}

export async function installCommand(
  context: CommandContext,
  [folder = '']: readonly string[],
  { trust, enable }: Flags,
): Promise<void> {
  const { manifest, module } = await readBuilt(folder);
  await context.withClient(async (client) => {
    const installed = await client.installOverlay({
      body: { manifest, module, ...(trust === undefined ? {} : { trust_level: trust }) },
    });
    const { body } = enable === true ? await client.enableOverlay({ params: { id: installed.body.id } }) : installed;
    context.print(body, () => `${body.id} ${body.version} is ${body.state}, trust ${body.trust_level}.`);
  });
}

/** @throws CommandFailure naming what is missing in the folder. */
async function readBuilt(folder: string): Promise<{ manifest: Record<string, unknown>; module: string }> {
  const names = await readdir(folder).catch(() => {
    throw new CommandFailure(
      `There is no folder ${folder}.`,
      'Build the overlay first, and name the folder it was built into.',
    );
  });
  if (!names.includes('manifest.json')) throw new CommandFailure(`There is no manifest.json in ${folder}.`);
  const manifest = readManifest(await readFile(join(folder, 'manifest.json'), 'utf8'));
  const module = await moduleIn(folder, String(manifest['id']));
  if (module === null) throw notBuilt(folder, names);
  return { manifest, module: (await readFile(module)).toString('base64') };
}

function notBuilt(folder: string, names: readonly string[]): CommandFailure {
  const advice = names.includes('assembly')
    ? `Build it with forge overlay build ${folder}, and install ${join(folder, 'build')}.`
    : 'Build it first.';
  return new CommandFailure(`There is no module in ${folder}.`, advice);
}

function readManifest(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new CommandFailure('manifest.json is no JSON object.');
}
