/** A ledger that ended because its store moved: it is read for ever, and goes on elsewhere under another name. @module */
import { DomainError } from '../errors.js';
import type { EventPayloads } from './events.js';

export type Sealing = EventPayloads['store.sealed.v1'];

/** What a sealed store answers to whoever writes. */
export function sealedError({ successor, engine, address }: Sealing): DomainError {
  const where = address === null ? engine : `${engine} at ${address}`;
  return new DomainError(
    'STORE_SEALED',
    `This store was sealed when it moved to ${where}, where its ledger goes on as ${successor}. It can still be read; write there.`,
    { successor },
  );
}
