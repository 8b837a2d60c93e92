/** `FORGE_STORE` and what belongs to it. @module */
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { parseStoreAddress, StoreAddressError, type StoreAddress } from './store-address.js';

const filled = z.string().min(1, 'must not be empty').optional();

export const storeShape = {
  FORGE_STORE: filled,
  FORGE_STORE_USER: filled,
  FORGE_STORE_PASSWORD: filled,
  FORGE_STORE_DATABASE: filled,
  FORGE_STORE_CA: filled,
};

export type StoreVariables = { readonly [K in keyof typeof storeShape]?: string | undefined };

/** The embedded engine in `dataDir` when no store is named. @throws StoreAddressError naming the variable, never its value. */
export function storeSettings(given: StoreVariables, dataDir: string): StoreAddress {
  return given.FORGE_STORE === undefined
    ? { engine: 'sqlite', dataDir }
    : addressOf('FORGE_STORE', given.FORGE_STORE, given);
}

function addressOf(name: string, text: string, given: StoreVariables): StoreAddress {
  try {
    return parseStoreAddress(text, {
      ...(given.FORGE_STORE_USER !== undefined && { user: given.FORGE_STORE_USER }),
      ...(given.FORGE_STORE_PASSWORD !== undefined && { password: given.FORGE_STORE_PASSWORD }),
      ...(given.FORGE_STORE_DATABASE !== undefined && { database: given.FORGE_STORE_DATABASE }),
      ...(given.FORGE_STORE_CA !== undefined && { caFile: given.FORGE_STORE_CA }),
    });
  } catch (error) {
    throw error instanceof StoreAddressError ? new StoreAddressError(`${name} ${error.message}`) : error;
  }
}

/** An address given for one command: what stands in it wins over the settings. @throws StoreAddressError */
export function addressOption(name: string, text: string, given: StoreVariables): StoreAddress {
  const [settled, own] = [addressOf(name, text, filledOnly(given)), addressOf(name, text, {})];
  if (settled.engine === 'sqlite' || own.engine === 'sqlite') return settled;
  return { engine: 'neo4j', connection: { ...settled.connection, ...own.connection } };
}

function filledOnly(given: StoreVariables): StoreVariables {
  return Object.fromEntries(
    Object.keys(storeShape).flatMap((name) => {
      const value = given[name as keyof StoreVariables];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}

/** Every fault of the store's settings, with the name of its variable. */
export function storeFaults(given: StoreVariables): readonly string[] {
  const faults: string[] = [];
  try {
    storeSettings(given, '.');
  } catch (error) {
    if (!(error instanceof StoreAddressError)) throw error;
    faults.push(error.message);
  }
  if (given.FORGE_STORE_CA !== undefined && !existsSync(given.FORGE_STORE_CA)) {
    faults.push('FORGE_STORE_CA must name a file that is there');
  }
  return faults;
}
