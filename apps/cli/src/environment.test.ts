import { describe, expect, it } from 'vitest';
import { assertOwnStore, readConnectionSettings } from './environment.js';

const ENV = { FORGE_URL: 'http://127.0.0.1:9', FORGE_DATA: '/kept', FORGE_TOKEN: 't' };

describe('connection settings', () => {
  it('[CLI-10] come from the environment, empty values standing for none', () => {
    expect(readConnectionSettings(ENV, {})).toEqual({
      url: 'http://127.0.0.1:9',
      token: 't',
      dataDir: '/kept',
      storeDir: '/kept',
    });
    const empty = { FORGE_URL: '', FORGE_DATA: '', FORGE_TOKEN: '' };
    expect(readConnectionSettings(empty, {})).toEqual({
      url: null,
      token: null,
      dataDir: './data',
      storeDir: './data',
    });
    const stores = ['sqlite:elsewhere', 'neo4j://db.example'].map((store) =>
      readConnectionSettings({ FORGE_STORE: store }, {}),
    );
    expect(stores.map(({ dataDir, storeDir }) => [dataDir, storeDir])).toEqual([
      ['./data', 'elsewhere'],
      ['./data', null],
    ]);
  });

  it('[CLI-10] give way to flags; a folder that is named is meant, whatever server the environment points to', () => {
    expect(readConnectionSettings(ENV, { url: 'https://example.org' }).url).toBe('https://example.org');
    expect(readConnectionSettings(ENV, { data: 'd' })).toMatchObject({ url: null, dataDir: 'd' });
  });

  it('[CLI-22] name a server to nobody who reads the store itself, unless the store is named too', () => {
    const judged = (env: Record<string, string>, flags: { url?: string; data?: string }) => () =>
      assertOwnStore('verify', env, flags, readConnectionSettings(env, flags));
    const url = 'http://127.0.0.1:9';
    expect(judged({}, { url })).toThrow('instead of --url');
    expect(judged({ FORGE_STORE: 'sqlite:s' }, { url })).toThrow('instead of --url');
    expect(judged({ FORGE_URL: url, FORGE_DATA: 'd' }, {})).toThrow('instead of FORGE_URL');
    for (const [env, flags] of [
      [{ FORGE_URL: url }, { data: 'd' }],
      [{ FORGE_URL: url, FORGE_STORE: 'sqlite:s' }, {}],
      [{}, {}],
    ] as const) {
      expect(judged(env, flags)).not.toThrow();
    }
  });

  it.each(['sekrit-token-0123\n456789abcdef', 'sekrit жетон', 'sekrit token', 'sekrit\u0000'])(
    '[CLI-10] refuse a token that no header can carry, without showing it: %j',
    (token) => {
      const read = () => readConnectionSettings({ FORGE_TOKEN: token }, {});
      expect(read).toThrow(/^FORGE_TOKEN must be/);
      expect(read).not.toThrow('sekrit');
    },
  );
});
