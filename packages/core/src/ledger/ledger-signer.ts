/** Which key signs a ledger, and under which name. @module */
import { DomainError } from '../errors.js';
import {
  CheckpointError,
  parseSigner,
  renameLedgerKey,
  verifyCheckpoint,
  type CheckpointSigner,
} from './checkpoint.js';

/**
 * The signer of a ledger. A new ledger is signed under the key's own name. One that exists is signed as before: under the
 * key's name, or under the ledger's where the ledger came from elsewhere with the same key.
 *
 * @param note the ledger's newest checkpoint; null while it has none.
 * @throws DomainError INVALID_INPUT (`field: 'ledgerKey'`) for a text that is no key, and for a key that did not sign `note`.
 */
export function ledgerSigner(key: string, origin: string, note: string | null): CheckpointSigner {
  const own = read(() => parseSigner(key));
  if (note === null) return own;
  for (const signer of [own, read(() => parseSigner(renameLedgerKey(key, origin)))]) {
    if (hasSigned(signer, note)) return signer;
  }
  throw new DomainError(
    'INVALID_INPUT',
    `The ledger key given is not the one that signs the ledger ${origin}. Pass that one in FORGE_LEDGER_KEY, or put it into the data folder as ledger.key. Nothing was changed.`,
    { field: 'ledgerKey' },
  );
}

function hasSigned({ verifierKey }: CheckpointSigner, note: string): boolean {
  try {
    verifyCheckpoint(note, [verifierKey]);
    return true;
  } catch (error) {
    if (error instanceof CheckpointError) return false;
    throw error;
  }
}

function read(parse: () => CheckpointSigner): CheckpointSigner {
  try {
    return parse();
  } catch (cause) {
    // The cause names the fault, never the key.
    throw new DomainError(
      'INVALID_INPUT',
      'The ledger key cannot be read. It must be the whole text of a key made for this ledger.',
      { field: 'ledgerKey' },
      { cause },
    );
  }
}
