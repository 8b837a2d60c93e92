/**
 * Builds the overlays of `overlays/` into their `build` folders; those that are up to date cost a few milliseconds.
 *
 *   node tools/build-overlays.mjs [NAME…]
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OVERLAYS = fileURLToPath(new URL('../overlays', import.meta.url));

/** Folders of overlays, by name. @param {string} root @returns {string[]} */
export function overlayFolders(root = OVERLAYS) {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .sort()
    .map((name) => join(root, name))
    .filter((folder) => existsSync(join(folder, 'manifest.json')));
}

/**
 * @param {readonly string[]} [folders]
 * @param {(line: string) => void} [say]
 * @returns {Promise<boolean>} false when one of them could not be built
 */
export async function buildOverlays(folders = overlayFolders(), say = console.log) {
  // Imported here, because it is compiled by the same build that calls this.
  const { buildOverlay } = await import('@forge-cascade/overlay-sdk');
  let whole = true;
  for (const folder of folders) {
    try {
      const built = await buildOverlay(folder);
      if (built.made) say(`${built.manifest.id} ${built.manifest.version}: ${built.size} bytes`);
    } catch (error) {
      whole = false;
      say(error instanceof Error ? error.message : String(error));
    }
  }
  return whole;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const names = process.argv.slice(2);
  const folders = names.length > 0 ? names.map((name) => join(OVERLAYS, name)) : overlayFolders();
  if (!(await buildOverlays(folders))) process.exitCode = 1;
}
