import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashingEmbedder } from '@forge-cascade/core';
// The built ones: their thread is a compiled file.
import { addModelFolder, onnxEmbeddings } from '@forge-cascade/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../config.js';
import { embeddingProviderOf } from '../embedding-provider-of.js';
import { GivenModels, TINY_MODEL } from './given-models.js';
import { installedModels, removeModel } from './installed-models.js';
import { MODEL_FILE, TOKENIZER_FILE } from './model-manifest.js';

let given: GivenModels;
beforeEach(async () => {
  given = await GivenModels.make();
});
afterEach(() => given.end());

/** A folder without the runtime, whatever is installed elsewhere. */
const open = (name: string) =>
  onnxEmbeddings({ modelsDir: given.modelsDir, name, runtimeDir: given.path('no-runtime') });
const add = (path: string, name = 'added') =>
  addModelFolder(path, { modelsDir: given.modelsDir, name, runtimeDir: given.path('no-runtime') });

describe('a model’s folder', () => {
  it('[EMB-21] is refused as missing when it is not there', async () => {
    const error = { code: 'UNAVAILABLE', details: { reason: 'model_missing', model: 'onnx:none' } };
    await expect(open('none')).rejects.toMatchObject(error);
    await expect(open('none')).rejects.toThrow('forge model add');
  });

  it.each([
    ['a changed graph', (folder: string) => writeFile(join(folder, MODEL_FILE), 'x'), /model\.onnx is not what it was/],
    ['a missing graph', (folder: string) => rm(join(folder, MODEL_FILE)), /model\.onnx is gone/],
    ['a missing tokenizer', (folder: string) => rm(join(folder, TOKENIZER_FILE)), /tokenizer\.json is gone/],
    [
      'half a manifest',
      (folder: string) => writeFile(join(folder, 'model.json'), '{"name"'),
      /model\.json is not JSON/,
    ],
    ['another manifest', (folder: string) => writeFile(join(folder, 'model.json'), '{}'), /model\.json cannot be used/],
  ])('[EMB-21] is refused as damaged with %s', async (_, damage, message) => {
    const { folder } = await given.lay('tiny');
    await damage(folder);
    await expect(open('tiny')).rejects.toMatchObject({ details: { reason: 'model_corrupt' } });
    await expect(open('tiny')).rejects.toThrow(message);
  });

  it('[EMB-22] says what to install when the runtime is not there', async () => {
    await given.lay('tiny');
    await expect(open('tiny')).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { reason: 'unavailable' } });
    await expect(open('tiny')).rejects.toThrow(
      'needs the package onnxruntime-node, which is not installed. In the folder that FORGE_ONNX_RUNTIME names, run: ' +
        'npm install --no-save --ignore-scripts onnxruntime-node@',
    );
  });

  it('[EMB-20] leaves nothing behind when adding fails', async () => {
    await expect(add(TINY_MODEL)).rejects.toThrow('onnxruntime-node');
    expect(await readdir(given.modelsDir)).toEqual([]);
  });

  it.each([
    ['no tokenizer', ['model.onnx'], /holds no tokenizer\.json/],
    ['no graph', ['tokenizer.json'], /holds no \.onnx file/],
    ['several graphs', ['a.onnx', 'b.onnx', 'tokenizer.json'], /several \.onnx files \(a\.onnx, b\.onnx\)/],
  ])('[EMB-20] is not added with %s', async (_, files, message) => {
    const folder = given.path('source');
    await mkdir(folder);
    for (const file of files) await writeFile(join(folder, file), '{}');
    await expect(add(folder)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(add(folder)).rejects.toThrow(message);
  });

  it('[EMB-20] is not added over another, nor under a name that leads elsewhere', async () => {
    await given.lay('tiny');
    await expect(add(TINY_MODEL, 'tiny')).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    for (const name of ['../tiny', '', '.hidden', 'a/b']) {
      await expect(add(TINY_MODEL, name)).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'name' } });
    }
    await expect(add(given.path('nowhere'))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('[EMB-24] is listed with what is wrong with it, and removed whole', async () => {
    expect(await installedModels(given.modelsDir)).toEqual([]);
    await given.lay('tiny');
    await rm(join((await given.lay('broken')).folder, MODEL_FILE));
    await mkdir(join(given.modelsDir, '.adding-half'));
    const models = await installedModels(given.modelsDir);
    expect(models.map(({ name, fault }) => [name, fault])).toEqual([
      ['broken', 'its model.onnx is gone'],
      ['tiny', null],
    ]);
    expect(models[1]).toMatchObject({ bytes: 2_836, manifest: { dimensions: 8 } });
    await removeModel(given.modelsDir, 'broken');
    expect((await installedModels(given.modelsDir)).map(({ name }) => name)).toEqual(['tiny']);
    for (const name of ['broken', '..', '../models', '']) {
      await expect(removeModel(given.modelsDir, name)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });
});

describe('embeddingProviderOf', () => {
  const chosen = (setting: string) =>
    embeddingProviderOf(readConfig({ FORGE_DATA: given.folder, FORGE_EMBEDDINGS: setting }));

  it('[EMB-13] opens what the settings choose', async () => {
    expect(await chosen('none')).toBeNull();
    expect((await chosen('hashing'))?.model).toBe(hashingEmbedder().model);
    await expect(chosen('onnx:absent')).rejects.toMatchObject({ details: { reason: 'model_missing' } });
    const offline = readConfig({
      FORGE_EMBEDDINGS: 'openai:m',
      FORGE_EMBEDDINGS_URL: 'http://127.0.0.1:9',
      FORGE_EMBEDDINGS_DIMENSIONS: '12',
    });
    expect(await embeddingProviderOf(offline)).toMatchObject({ model: 'openai:m:12', dimensions: 12 });
  });
});
