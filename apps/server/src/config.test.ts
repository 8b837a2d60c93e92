import { describe, expect, it } from 'vitest';
import { readConfig } from './config.js';

describe('settings', () => {
  it('has defaults for everything', () => {
    expect(readConfig({})).toEqual({
      dataDir: './data',
      store: { engine: 'sqlite', dataDir: './data' },
      port: 8787,
      host: '127.0.0.1',
      token: null,
      ledgerKey: null,
      logLevel: 'info',
      drainMs: 0,
      overlays: true,
      embeddings: { kind: 'hashing' },
      keepsModel: true,
      answers: { provider: 'extractive', cacheBytes: 32 * 1024 * 1024, cacheAgeMs: 3_600_000 },
      redis: null,
      limits: { perToken: 0, perAddress: 0, proxyHops: 0 },
    });
  });

  it('[API-16] lets a flag win over its variable, and freezes the result', () => {
    const config = readConfig({ FORGE_DATA: 'a', FORGE_PORT: '1', FORGE_TOKEN: 'tok' }, { data: 'b', port: '0' });
    expect(config).toMatchObject({ dataDir: 'b', port: 0, token: 'tok' });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('[API-16] names every fault and prints no value', () => {
    const bad = {
      FORGE_DATA: '',
      FORGE_PORT: '99999x-secret',
      FORGE_HOST: 'ho st-secret',
      FORGE_TOKEN: 'with space-secret',
      FORGE_LEDGER_KEY: 'no key but a secret',
      FORGE_LOG_LEVEL: 'loud-secret',
      FORGE_ANSWERS: 'secretive',
      FORGE_ANSWERS_MODEL: 'a secret',
      FORGE_ANSWERS_MODEL_STRONG: '',
      FORGE_ANSWERS_URL: 'https://user:secret@host/',
      FORGE_ANSWERS_KEY: 'secret with spaces',
      FORGE_ANSWERS_FALLBACK: 'secretly',
      FORGE_ANSWERS_TIMEOUT_MS: '1',
      FORGE_ANSWERS_CACHE_MB: '99999',
      FORGE_ANSWERS_CACHE_MINUTES: '0',
      FORGE_DRAIN_SECONDS: '99999',
      FORGE_RATE_LIMIT: '-99999',
      FORGE_RATE_LIMIT_ADDRESS: 'secret',
      FORGE_PROXY_HOPS: '99999',
      FORGE_REDIS: 'http://:secret@host',
      FORGE_REDIS_PASSWORD: '',
    };
    try {
      readConfig(bad);
      expect.unreachable();
    } catch (error) {
      const { message } = error as Error;
      for (const name of Object.keys(bad)) expect(message).toContain(name);
      expect(message).not.toContain('secret');
      expect(message).not.toContain('99999');
    }
  });

  it.each(['65536', '-1', '80.5', 'http', '1e3'])('refuses the port %s', (port) => {
    expect(() => readConfig({ FORGE_PORT: port })).toThrow('FORGE_PORT');
  });
});

describe('settings of answers', () => {
  const anthropic = { FORGE_ANSWERS: 'anthropic', FORGE_ANSWERS_MODEL: 'small' };
  const openai = { FORGE_ANSWERS: 'openai', FORGE_ANSWERS_MODEL: 'small' };

  it('[API-28] take the provider’s usual key for its own service, and their own key before it', () => {
    expect(readConfig({ ...anthropic, ANTHROPIC_API_KEY: 'usual' }).answers).toMatchObject({
      provider: 'anthropic',
      model: 'small',
      strongModel: 'small',
      key: 'usual',
      url: null,
      fallback: 'extractive',
      timeoutMs: 30_000,
    });
    const both = { ...openai, OPENAI_API_KEY: 'usual', FORGE_ANSWERS_KEY: 'own', FORGE_ANSWERS_MODEL_STRONG: 'large' };
    expect(readConfig(both).answers).toMatchObject({ key: 'own', strongModel: 'large' });
  });

  it('[API-28] hand the usual key to no other server', () => {
    const elsewhere = { ...openai, OPENAI_API_KEY: 'usual', FORGE_ANSWERS_URL: 'http://127.0.0.1:11434/v1' };
    expect(readConfig(elsewhere).answers).toMatchObject({ key: null, url: 'http://127.0.0.1:11434/v1' });
    const proxied = { ...anthropic, ANTHROPIC_API_KEY: 'usual', FORGE_ANSWERS_URL: 'https://proxy.example' };
    expect(() => readConfig(proxied)).toThrow('FORGE_ANSWERS_KEY must be set when FORGE_ANSWERS is anthropic');
  });

  it.each([
    [{ FORGE_ANSWERS: 'anthropic' }, ['FORGE_ANSWERS_MODEL', 'FORGE_ANSWERS_KEY or ANTHROPIC_API_KEY']],
    [{ FORGE_ANSWERS: 'openai' }, ['FORGE_ANSWERS_MODEL', 'FORGE_ANSWERS_KEY or OPENAI_API_KEY']],
    [{ ...openai, OPENAI_API_KEY: '' }, ['FORGE_ANSWERS_KEY or OPENAI_API_KEY']],
    [{ ...openai, OPENAI_API_KEY: 'sp ace' }, ['OPENAI_API_KEY must be printable']],
    [{ ...openai, FORGE_ANSWERS_KEY: 'k', FORGE_ANSWERS_URL: 'ftp://host/' }, ['FORGE_ANSWERS_URL']],
    [{ ...openai, FORGE_ANSWERS_KEY: 'k', FORGE_ANSWERS_URL: 'https://host/?key=1' }, ['FORGE_ANSWERS_URL']],
    [{ ...anthropic, FORGE_PORT: 'x' }, ['FORGE_PORT', 'FORGE_ANSWERS_KEY or ANTHROPIC_API_KEY']],
  ])('[API-28] refuse %j, naming all that is missing or wrong', (env, named) => {
    try {
      readConfig(env);
      expect.unreachable();
    } catch (error) {
      const { faults } = error as { readonly faults: readonly string[] };
      expect(faults).toHaveLength(named.length);
      for (const name of named) expect(faults.join('\n')).toContain(name);
    }
  });

  it('[API-28] leave keys alone that nobody uses', () => {
    expect(readConfig({ ANTHROPIC_API_KEY: 'not one of ours', OPENAI_API_KEY: '' }).answers).toMatchObject({
      provider: 'extractive',
    });
  });
});

describe('settings of Redis', () => {
  it('[POD-1] take user, password and database from the address, and a password from its own variable first', () => {
    expect(readConfig({ FORGE_REDIS: 'redis://host' }).redis).toEqual({
      ...{ host: 'host', port: 6379, tls: false, username: null, password: null, database: 0 },
    });
    const whole = { FORGE_REDIS: 'rediss://us%40er:p%3Aw@[::1]:7000/3' };
    expect(readConfig(whole).redis).toEqual({
      ...{ host: '::1', port: 7000, tls: true, username: 'us@er', password: 'p:w', database: 3 },
    });
    expect(readConfig({ ...whole, FORGE_REDIS_PASSWORD: 'other' }).redis?.password).toBe('other');
  });

  it.each([
    'redis://',
    'redis:///1',
    'http://host',
    'redis://host/x',
    'redis://host?db=1',
    'host:6379',
    'redis://:%ff@h',
  ])('[POD-1] refuse the address %s without showing it', (address) => {
    expect(() => readConfig({ FORGE_REDIS: address })).toThrow(/FORGE_REDIS must be an address/);
  });
});
