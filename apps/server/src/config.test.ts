import { describe, expect, it } from 'vitest';
import { readConfig } from './config.js';

describe('settings', () => {
  it('has defaults for everything', () => {
    expect(readConfig({})).toEqual({
      dataDir: './data',
      port: 8787,
      host: '127.0.0.1',
      token: null,
      ledgerKey: null,
      logLevel: 'info',
      embeddings: { kind: 'hashing' },
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
