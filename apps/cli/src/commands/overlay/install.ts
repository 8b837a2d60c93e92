/** `forge overlay install`. @module */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandContext } from '../../command-context.js';
import { CommandFailure } from '../../usage-error.js';

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
  const modules = names.filter((name) => name.endsWith('.wasm'));
  const own = `${String(manifest['id'])}.wasm`;
  const [module] = modules.includes(own) ? [own] : modules;
  if (module === undefined || (modules.length > 1 && module !== own)) {
    throw modules.length === 0
      ? notBuilt(folder, names)
      : new CommandFailure(`Which module is it? ${folder} holds ${modules.length} of them.`, `Name it ${own}.`);
  }
  return { manifest, module: (await readFile(join(folder, module))).toString('base64') };
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
