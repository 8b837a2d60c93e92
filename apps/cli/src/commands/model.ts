/** `forge model`: the embedding models of a data folder. @module */
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { hashingEmbedder } from '@forge-cascade/core';
import {
  addModelFolder,
  addModelFromHub,
  DEFAULT_HUB,
  installedModels,
  modelId,
  modelsDirOf,
  removeModel as removeInstalled,
  repositoryOf,
  type InstalledModel,
  type ModelManifest,
  type ServerConfig,
} from '@forge-cascade/server';
import type { CommandContext } from '../command-context.js';
import { createProgress } from '../output/progress.js';
import { renderTable } from '../output/table.js';
import { readSettings } from '../store-config.js';
import { CommandFailure, UsageError } from '../usage-error.js';

/** One line of `model list`, and its JSON. */
interface ListedModel {
  readonly name: string;
  /** What `FORGE_EMBEDDINGS` is set to for it. */
  readonly setting: string;
  /** Vectors carry it; null for a model that cannot be used. */
  readonly model: string | null;
  readonly dimensions: number | null;
  readonly bytes: number;
  readonly source: string | null;
  readonly in_use: boolean;
  readonly fault: string | null;
}

export async function addModelCommand(
  context: CommandContext,
  [source = '']: readonly string[],
  flags: { readonly name?: string },
): Promise<void> {
  const config = configOf(context);
  const options = { modelsDir: modelsDirOf(config.dataDir), runtimeDir: runtimeDirOf(context) };
  const manifest = (await isFolder(source))
    ? await addModelFolder(source, { ...options, name: flags.name ?? basename(resolve(source)) })
    : await fetchModel(context, source, options, flags.name);
  const added = describe({ name: manifest.name, manifest, fault: null, bytes: 0 }, config);
  context.print({ ...manifest, model: added.model, setting: added.setting }, () =>
    [
      `${context.paint('green', 'Added')} ${manifest.name}: ${manifest.dimensions} dimensions, ${manifest.maxTokens} tokens, ${manifest.pooling} pooling`,
      `Use it with FORGE_EMBEDDINGS=${added.setting}`,
    ].join('\n'),
  );
}

async function fetchModel(
  context: CommandContext,
  source: string,
  options: { readonly modelsDir: string; readonly runtimeDir: string | null },
  name: string | undefined,
): Promise<ModelManifest> {
  const repository = repositoryOf(source);
  if (repository === null) {
    throw new CommandFailure(
      `${source} is neither a folder nor the name of a model.`,
      'Name a folder with tokenizer.json and model.onnx, a repository such as Xenova/all-MiniLM-L6-v2, or minilm.',
    );
  }
  const hub = hubOf(context);
  const progress = createProgress(context.terminal);
  let shown = '';
  try {
    return await addModelFromHub(repository, {
      ...options,
      hub,
      name: name ?? basename(source),
      onProgress: (file, done, total) => {
        if (file !== shown) progress.stage(`Fetching ${file}`, total);
        shown = file;
        progress.advanceTo(done);
      },
    });
  } finally {
    progress.end();
  }
}

export async function listModelsCommand(context: CommandContext): Promise<void> {
  const config = configOf(context);
  const installed = await installedModels(modelsDirOf(config.dataDir));
  const models = [builtIn(config), ...installed.map((model) => describe(model, config))];
  const inUse = settingOf(config);
  context.print({ in_use: inUse, models }, () => {
    const table = renderTable(
      models,
      [
        { head: 'MODEL', of: ({ name }) => name },
        { head: 'DIM', of: ({ dimensions }) => String(dimensions ?? '?'), align: 'right' },
        { head: 'SIZE', of: ({ bytes }) => (bytes === 0 ? '' : `${(bytes / 1e6).toFixed(1)} MB`), align: 'right' },
        { head: 'IN USE', of: ({ in_use: used }) => (used ? 'yes' : '') },
        { head: 'SOURCE', of: ({ source, fault }) => fault ?? source ?? '', flexible: true },
      ],
      context.terminal.columns,
      context.paint,
    );
    // A server's model, or none at all, is no line of the table.
    return models.some(({ in_use: used }) => used) ? table : `${table}In use: ${inUse}\n`;
  });
}

export async function removeModelCommand(context: CommandContext, [name = '']: readonly string[]): Promise<void> {
  const config = configOf(context);
  if (settingOf(config) === `onnx:${name}`) {
    throw new CommandFailure(`FORGE_EMBEDDINGS names the model ${name}.`, 'Choose another one first.');
  }
  await removeInstalled(modelsDirOf(config.dataDir), name);
  context.print({ removed: name }, () => `Removed ${name}. Its vectors stay until another model has replaced them.`);
}

/** @throws UsageError when a server is named, or a setting cannot be used. */
function configOf(context: CommandContext): Readonly<ServerConfig> {
  const { url, dataDir } = context.settings;
  if (url !== null) throw new UsageError('Models are files of a data folder on this machine: name it with --data.');
  return readSettings(context.surroundings.env, { data: dataDir });
}

function runtimeDirOf({ surroundings }: CommandContext): string | null {
  return surroundings.env['FORGE_ONNX_RUNTIME'] ?? null;
}

function hubOf({ surroundings }: CommandContext): string {
  const hub = surroundings.env['FORGE_MODEL_HUB'] ?? DEFAULT_HUB;
  if (!URL.canParse(hub) || !/^https?:$/.test(new URL(hub).protocol)) {
    throw new UsageError('FORGE_MODEL_HUB must be an http or https address.');
  }
  return hub.replace(/\/+$/, '');
}

function settingOf({ embeddings }: Readonly<ServerConfig>): string {
  if (embeddings.kind === 'onnx') return `onnx:${embeddings.name}`;
  return embeddings.kind === 'openai' ? `openai:${embeddings.model}` : embeddings.kind;
}

function builtIn(config: Readonly<ServerConfig>): ListedModel {
  const { model, dimensions } = hashingEmbedder();
  return {
    ...{ name: 'hashing', setting: 'hashing', model, dimensions, bytes: 0, fault: null },
    source: 'built in, needs nothing',
    in_use: settingOf(config) === 'hashing',
  };
}

function describe({ name, manifest, fault, bytes }: InstalledModel, config: Readonly<ServerConfig>): ListedModel {
  const setting = `onnx:${name}`;
  return {
    name,
    setting,
    model: manifest === null ? null : modelId(manifest),
    dimensions: manifest?.dimensions ?? null,
    bytes,
    source: manifest?.source ?? null,
    in_use: settingOf(config) === setting,
    fault,
  };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
