/** Opening a store for another one's ledger: what both engines decide alike. @module */
import { DomainError } from '../errors.js';
import { parseSigner, renameLedgerKey, type CheckpointSigner } from './checkpoint.js';
import { ledgerSigner } from './ledger-signer.js';

/** What a store holds when it is opened. */
export interface FoundLedger {
  /** Null while there is none. */
  readonly origin: string | null;
  readonly size: number;
  /** The newest checkpoint. */
  readonly note: string | null;
  /** It was sealed, so that its ledger ended. */
  readonly sealed: boolean;
  /** The successor's name while a ledger is on its way into the store. */
  readonly receiving: string | null;
}

/**
 * @returns the name that the ledger gets, or null when the store holds that very ledger already.
 * @throws DomainError STATE_CONFLICT for a store in use.
 */
export function receivedOrigin(found: FoundLedger, wanted: string | null, made: () => string): string | null {
  const { origin, size, sealed, receiving } = found;
  if (receiving !== null) return receiving;
  if (origin === null || size === 0) return wanted ?? made();
  if (origin === wanted) return null;
  if (sealed) return wanted ?? made();
  throw new DomainError(
    'STATE_CONFLICT',
    `The store to move to is not empty: it holds the ledger ${origin} with ${size} entries. Name an empty one. Nothing was changed.`,
    { origin },
  );
}

/** Who signs what arrives. @throws DomainError INVALID_INPUT for a key that did not sign what an interrupted run left. */
export function receivingSigner(key: string, origin: string, { receiving, note }: FoundLedger): CheckpointSigner {
  const renamed = renameLedgerKey(key, origin);
  return receiving === null || note === null ? parseSigner(renamed) : ledgerSigner(renamed, origin, note);
}

/** What a store that was not opened to receive answers to whoever brings entries. */
export function notReceiving(): DomainError {
  return new DomainError('STATE_CONFLICT', 'This store was not opened to receive another ledger.');
}

/** @throws DomainError STATE_CONFLICT for a store whose ledger has not arrived whole. */
export function refuseUnfinished({ receiving, size }: FoundLedger): void {
  if (receiving === null || size === 0) return;
  throw new DomainError(
    'STATE_CONFLICT',
    `The ledger of this store has not arrived whole: ${size} entries are there. Run "forge store migrate" again with the same stores; it goes on where it was.`,
  );
}
