/**
 * The ledger on the wire: proofs and the audit trail.
 * @module
 */
import { z } from 'zod';
import * as v from './values.js';

const hash = z.string().describe('Lower-case hex of a SHA-256 hash.');
const size = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

export const inclusionQuerySchema = z.strictObject({
  seq: size.describe('Ledger position, from 1.'),
  size: size.optional().describe('Entries in the tree; all there are by default.'),
});

export const inclusionSchema = z
  .strictObject({ seq: size, size, hashes: z.array(hash) })
  .meta({ id: 'InclusionProof', description: 'RFC 9162 §2.1.3. The leaf index is `seq - 1`.' });

export const consistencyQuerySchema = z.strictObject({
  from: size.describe('The older size.'),
  to: size.optional().describe('The newer size; the present one by default.'),
});

export const consistencySchema = z
  .strictObject({ from: size, to: size, hashes: z.array(hash) })
  .meta({ id: 'ConsistencyProof', description: 'RFC 9162 §2.1.4.' });

export const auditQuerySchema = z.strictObject({
  entity: z.string().min(1).max(200).optional().describe('Id of the thing the event is about.'),
  series: z.string().min(1).max(200).optional().describe('All events of a series.'),
  type: z.string().min(1).max(200).optional().describe('Such as `capsule.created.v1`.'),
  actor: z.string().min(1).max(200).optional(),
  correlation_id: z.string().min(1).max(200).optional(),
  from: v.moment.optional().describe('Inclusive.'),
  to: v.moment.optional().describe('Exclusive.'),
  order: z.enum(['newest', 'oldest']).default('newest'),
  limit: z.int().min(1).max(1_000).default(50),
  cursor: v.cursor.optional(),
});

export const auditEntrySchema = z
  .strictObject({
    seq: z.int().min(1),
    id: v.id,
    type: z.string(),
    entity_type: z.string(),
    entity_id: z.string(),
    actor: z.string(),
    operation: z.string(),
    correlation_id: z.string(),
    causation_id: z.string().nullable(),
    timestamp: v.timestamp,
    payload_commitment: hash,
    payload: z.record(z.string(), z.unknown()).nullable().describe('Null once erased; erased fields in it are null.'),
  })
  .meta({ id: 'AuditEntry', description: 'A ledger entry: its envelope and what is left of its payload.' });

export const auditPageSchema = z
  .strictObject({ items: z.array(auditEntrySchema), next_cursor: v.nextCursor })
  .meta({ id: 'AuditPage' });
