/**
 * Trust on the wire.
 * @module
 */
import { z } from 'zod';
import { standingShape } from './capsule.js';
import * as v from './values.js';

export const SIGNALS = ['helpful', 'unhelpful', 'confirmed', 'disputed'] as const;

const evidence = z.record(z.string(), z.unknown()).nullable().optional().describe('What the change rests on.');

export const trustRequestSchema = z
  .union([
    z.strictObject({
      level: v.trustLevel.describe('The new trust. Needs a reviewer.'),
      reason: v.reason.min(1),
      evidence,
    }),
    z.strictObject({
      signal: z.enum(SIGNALS).describe('A small adjustment, bounded per day.'),
      reason: v.reason.nullable().optional(),
      evidence,
    }),
  ])
  .meta({
    id: 'TrustRequest',
    description: 'Either a reviewed level or a signal of use.',
    examples: [{ level: 80, reason: 'Checked against the source' }, { signal: 'helpful' }],
  });

export const trustChangeSchema = z
  .strictObject({
    seq: z.int().min(1).describe('Ledger position.'),
    timestamp: v.timestamp,
    actor: z.string(),
    from: v.trustLevel.nullable(),
    to: v.trustLevel.nullable(),
    band: v.trustBand.nullable().describe('The band of `to`.'),
    cause: z.enum(['review', 'signal', 'quarantine', 'release']).nullable(),
    signal: z.string().nullable(),
    reason: v.reason.nullable(),
    evidence: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'TrustChange', description: 'One change. What was erased is null.' });

export const trustQuerySchema = z.strictObject({
  limit: z.int().min(1).max(1_000).default(100),
  cursor: v.cursor.optional(),
});

export const trustSchema = z
  .strictObject({
    capsule_id: v.id,
    ...standingShape,
    history: z.array(trustChangeSchema).describe('Newest first.'),
    next_cursor: v.nextCursor,
  })
  .meta({ id: 'Trust', description: 'What a capsule may be relied on for, and how that came about.' });

export const stateRequestSchema = z
  .strictObject({
    reason: v.reason.min(1),
    lift: z.boolean().optional().describe('True takes it back.'),
  })
  .meta({ id: 'StateRequest', examples: [{ reason: 'Source turned out to be forged' }] });
