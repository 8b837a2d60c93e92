import type { Handlers } from '../http/handlers.js';
import type { ServerParts } from '../http/server-parts.js';
import { utc } from '../wire/moment.js';
import { present } from '../wire/present.js';

type LedgerOperation = 'getCheckpoint' | 'getInclusionProof' | 'getConsistencyProof' | 'getAuditLog';

export function ledgerHandlers({ store }: ServerParts): Pick<Handlers, LedgerOperation> {
  return {
    async getCheckpoint() {
      return { status: 200, body: await store.checkpoint() };
    },

    async getInclusionProof({ query }) {
      const size = query.size ?? (await store.status()).ledgerSize;
      const hashes = await store.inclusionProof(query.seq, size);
      return { status: 200, body: { seq: query.seq, size, hashes: hashes.map(hex) } };
    },

    async getConsistencyProof({ query }) {
      const to = query.to ?? (await store.status()).ledgerSize;
      const hashes = await store.consistencyProof(query.from, to);
      return { status: 200, body: { from: query.from, to, hashes: hashes.map(hex) } };
    },

    async getAuditLog({ query }) {
      const page = await store.entries({
        ...present({
          entityId: query.entity,
          stream: query.series,
          type: query.type,
          actor: query.actor,
          correlationId: query.correlation_id,
          from: utc(query.from, 'from'),
          to: utc(query.to, 'to'),
        }),
        order: query.order,
        limit: query.limit,
        cursor: query.cursor ?? null,
      });
      const items = page.items.map(({ envelope, payload }) => ({ ...envelope, payload }));
      return { status: 200, body: { items, next_cursor: page.nextCursor } };
    },
  };
}

function hex(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex');
}
