import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../config.js';
import { parseStoreAddress, shownAddress } from './store-address.js';

describe('where the memory lies', () => {
  it('[NEO-10] is the embedded engine in the data folder unless a store is named', () => {
    expect(readConfig({ FORGE_DATA: 'd' }).store).toEqual({ engine: 'sqlite', dataDir: 'd' });
    const named = readConfig({ FORGE_DATA: 'd', FORGE_STORE: 'sqlite:/var/forge' });
    expect([named.dataDir, named.store]).toEqual(['d', { engine: 'sqlite', dataDir: '/var/forge' }]);
  });

  it.each(['neo4j', 'neo4j+s', 'neo4j+ssc', 'bolt', 'bolt+s', 'bolt+ssc'])(
    '[NEO-10] is a server at %s://',
    (scheme) => {
      expect(readConfig({ FORGE_STORE: `${scheme}://db.example:7687` }).store).toEqual({
        engine: 'neo4j',
        connection: { url: `${scheme}://db.example:7687` },
      });
    },
  );

  it('[NEO-10] takes user, password and database from its variables before those in the address', () => {
    const text = 'neo4j+s://ann:p%40ss@db.example?database=memory';
    expect(parseStoreAddress(text)).toEqual({
      engine: 'neo4j',
      connection: { url: 'neo4j+s://db.example', user: 'ann', password: 'p@ss', database: 'memory' },
    });
    const { store } = readConfig({
      FORGE_STORE: text,
      FORGE_STORE_USER: 'ben',
      FORGE_STORE_PASSWORD: 'other',
      FORGE_STORE_DATABASE: 'notes',
      FORGE_STORE_CA: 'package.json',
    });
    const connection = { url: 'neo4j+s://db.example', user: 'ben', password: 'other', database: 'notes' };
    expect(store).toEqual({ engine: 'neo4j', connection: { ...connection, caFile: 'package.json' } });
    expect(shownAddress(store)).toBe('neo4j+s://db.example?database=notes');
  });

  it.each([
    ['postgres://ann:secret@db'],
    ['neo4j://ann:secret@'],
    ['neo4j://ann:secret@db/path'],
    ['neo4j://ann:%ff-secret@db'],
    ['neo4j://ann:secret@db?encryption=secret'],
    ['sqlite:'],
    ['secret'],
    [''],
  ])('[NEO-11] refuses %s, naming the setting and nothing of its value', (FORGE_STORE) => {
    try {
      readConfig({ FORGE_STORE });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as Error).message).toContain('FORGE_STORE');
      expect((error as Error).message).not.toContain('secret');
    }
  });

  it('[NEO-11] refuses an authority that is not there, or that an address without TLS would never ask', () => {
    expect(() => readConfig({ FORGE_STORE: 'bolt+s://db', FORGE_STORE_CA: 'no/such.pem' })).toThrow('FORGE_STORE_CA');
    for (const scheme of ['neo4j', 'bolt+ssc']) {
      expect(() => readConfig({ FORGE_STORE: `${scheme}://db`, FORGE_STORE_CA: 'package.json' })).toThrow(
        'FORGE_STORE',
      );
    }
  });
});
