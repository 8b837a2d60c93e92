/**
 * The models of a data folder.
 * @module
 */
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '@forge-cascade/core';
import { STAGING_PREFIX } from './add-model.js';
import { MODEL_FILE, MODEL_NAME, readManifest, type ModelManifest } from './model-manifest.js';

export interface InstalledModel {
  readonly name: string;
  /** Null when it cannot be read; `fault` says why. */
  readonly manifest: ModelManifest | null;
  readonly fault: string | null;
  /** Of the graph. */
  readonly bytes: number;
}

/** By name; also those that cannot be used. Files are not compared with their digests, for that reads them whole. */
export async function installedModels(modelsDir: string): Promise<readonly InstalledModel[]> {
  const entries = await readdir(modelsDir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const names = entries.filter((entry) => entry.isDirectory() && MODEL_NAME.test(entry.name)).map(({ name }) => name);
  return Promise.all(names.toSorted().map((name) => describe(modelsDir, name)));
}

async function describe(modelsDir: string, name: string): Promise<InstalledModel> {
  const bytes = await stat(join(modelsDir, name, MODEL_FILE)).then(
    ({ size }) => size,
    () => 0,
  );
  try {
    const manifest = await readManifest(join(modelsDir, name), name);
    const fault = bytes === 0 ? `its ${MODEL_FILE} is gone` : null;
    return { name, manifest, fault, bytes };
  } catch (error) {
    return { name, manifest: null, fault: error instanceof Error ? error.message : String(error), bytes };
  }
}

/** @throws DomainError NOT_FOUND */
export async function removeModel(modelsDir: string, name: string): Promise<void> {
  const folder = join(modelsDir, name);
  const found = MODEL_NAME.test(name) && (await stat(folder).catch(() => null))?.isDirectory() === true;
  if (!found)
    throw new DomainError('NOT_FOUND', `There is no model ${name}; \`forge model list\` shows those there are.`);
  // Renamed first: a model is there whole or not at all.
  const doomed = join(modelsDir, `${STAGING_PREFIX}removed-${name}-${process.pid}`);
  await rename(folder, doomed);
  await rm(doomed, { recursive: true, force: true });
}
