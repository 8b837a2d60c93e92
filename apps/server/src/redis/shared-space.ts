/** The part of a Redis that belongs to the pods of one store. @module */
import type { RedisLink } from './redis-link.js';
import type { SharedSecrets } from './shared-secrets.js';

export interface SharedSpace {
  readonly link: RedisLink;
  readonly secrets: SharedSecrets;
  /** Names the store's ledger, so that two stores over one Redis never mix. */
  readonly origin: string;
}

/** Braces keep all keys of a store in one slot of a cluster. */
export function spaceKey({ origin }: Pick<SharedSpace, 'origin'>, name: string): string {
  return `forge:{${origin}}:${name}`;
}
