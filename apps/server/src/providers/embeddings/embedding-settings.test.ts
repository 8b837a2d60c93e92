import { describe, expect, it } from 'vitest';
import { readConfig } from '../../config.js';

const embeddings = (env: Record<string, string>): unknown => readConfig(env).embeddings;

describe('embedding settings', () => {
  it('[EMB-13] choose hashing by default, or none, or a local model', () => {
    expect(embeddings({})).toEqual({ kind: 'hashing' });
    expect(embeddings({ FORGE_EMBEDDINGS: 'none' })).toEqual({ kind: 'none' });
    expect(embeddings({ FORGE_EMBEDDINGS: 'onnx:all-MiniLM-L6-v2', FORGE_ONNX_RUNTIME: '/opt/onnx' })).toEqual({
      kind: 'onnx',
      name: 'all-MiniLM-L6-v2',
      runtimeDir: '/opt/onnx',
    });
    expect(Object.isFrozen(embeddings({}))).toBe(true);
  });

  it('[EMB-13] choose a server, whose model may hold colons, and its key', () => {
    const chosen = { FORGE_EMBEDDINGS: 'openai:nomic-embed-text:v1.5', FORGE_EMBEDDINGS_DIMENSIONS: '256' };
    expect(embeddings({ ...chosen, FORGE_EMBEDDINGS_URL: 'http://127.0.0.1:11434/v1/' })).toEqual({
      kind: 'openai',
      model: 'nomic-embed-text:v1.5',
      baseUrl: 'http://127.0.0.1:11434/v1',
      apiKey: null,
      dimensions: 256,
    });
    expect(embeddings({ ...chosen, FORGE_EMBEDDINGS_KEY: 'one', OPENAI_API_KEY: 'other' })).toMatchObject({
      baseUrl: 'https://api.openai.com/v1',
      apiKey: 'one',
    });
  });

  it('[EMB-14] send the usual key to the usual address alone', () => {
    const env = { FORGE_EMBEDDINGS: 'openai:m', OPENAI_API_KEY: 'usual' };
    expect(embeddings(env)).toMatchObject({ apiKey: 'usual' });
    expect(embeddings({ ...env, FORGE_EMBEDDINGS_URL: 'https://other.example/v1' })).toMatchObject({ apiKey: null });
  });

  it.each([
    ['FORGE_EMBEDDINGS', { FORGE_EMBEDDINGS: 'onnx:../secret' }],
    ['FORGE_EMBEDDINGS', { FORGE_EMBEDDINGS: 'onnx:' }],
    ['FORGE_EMBEDDINGS', { FORGE_EMBEDDINGS: 'secret' }],
    ['FORGE_EMBEDDINGS_URL', { FORGE_EMBEDDINGS_URL: 'ftp://secret' }],
    ['FORGE_EMBEDDINGS_URL', { FORGE_EMBEDDINGS_URL: 'https://user:secret@host/v1' }],
    ['FORGE_EMBEDDINGS_URL', { FORGE_EMBEDDINGS_URL: 'https://host/v1?key=secret' }],
    ['FORGE_EMBEDDINGS_KEY', { FORGE_EMBEDDINGS_KEY: 'with a secret' }],
    ['FORGE_EMBEDDINGS_DIMENSIONS', { FORGE_EMBEDDINGS_DIMENSIONS: '0' }],
    ['FORGE_EMBEDDINGS_DIMENSIONS', { FORGE_EMBEDDINGS_DIMENSIONS: '9999' }],
    ['FORGE_EMBEDDINGS_KEY', { FORGE_EMBEDDINGS: 'openai:secret' }],
    ['OPENAI_API_KEY', { FORGE_EMBEDDINGS: 'openai:m', OPENAI_API_KEY: 'line\nsecret' }],
  ])('[EMB-13] refuse %s in %o, without its value', (name, env) => {
    expect(() => embeddings(env as Record<string, string>)).toThrow(new RegExp(`^ {2}${name} must `, 'm'));
    expect(() => embeddings(env as Record<string, string>)).not.toThrow(/secret/);
  });

  it('[API-16] leave another program’s key alone while it is not used', () => {
    expect(embeddings({ OPENAI_API_KEY: 'not\nours' })).toEqual({ kind: 'hashing' });
  });
});
