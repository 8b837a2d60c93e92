/**
 * Overlays, their runs and cascades on the wire.
 * @module
 */
import { z } from 'zod';
import * as v from './values.js';

const anyJson = z.unknown().describe('Any JSON value.');
const hash = z.string().describe('Lower-case hex of a SHA-256 hash.');
const commitment = z.string().describe('Lower-case hex of a salted commitment.');
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

export const OVERLAY_STATES = ['REGISTERED', 'VALIDATED', 'ACTIVE', 'DISABLED', 'QUARANTINED', 'FAILED'] as const;

export const overlayPath = z.strictObject({
  id: z
    .string()
    .min(1)
    .max(100)
    .meta({ description: 'The id in its manifest.', examples: ['security_validator'] }),
});

export const receiptPath = z.strictObject({ id: z.string().min(1).max(100).describe('Id of a receipt.') });

export const cascadePath = z.strictObject({
  id: z.string().min(1).max(100).describe('The correlation id of what began the cascade.'),
});

export const overlaySchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    version: z.string(),
    state: z.enum(OVERLAY_STATES),
    reason: z.string().nullable().describe('Why it is in this state; null when nobody said.'),
    trust_level: v.trustLevel,
    trust_band: v.trustBand,
    capabilities: z.array(z.string()),
    wasm_hash: hash,
    manifest_hash: hash.nullable(),
    registered_at: v.timestamp,
    changed_at: v.timestamp,
    activated_at: v.timestamp.nullable(),
  })
  .meta({ id: 'Overlay' });

export const overlayDetailSchema = overlaySchema
  .extend({ manifest: z.record(z.string(), z.unknown()).nullable() })
  .meta({ id: 'OverlayDetail', description: 'An overlay with its manifest.' });

export const overlayListSchema = z
  .strictObject({ items: z.array(overlaySchema).describe('By id.') })
  .meta({ id: 'OverlayList' });

export const installRequestSchema = z
  .strictObject({
    manifest: z.record(z.string(), z.unknown()).describe('As in `docs/overlays/abi.md`.'),
    module: z
      .base64()
      .min(1)
      .max(4 * 1024 * 1024)
      .describe('The WebAssembly module, at most 2 MiB, in base64.'),
    trust_level: v.trustLevel.optional().describe('60 by default.'),
    allow_downgrade: z
      .boolean()
      .optional()
      .describe('Takes a lower version than the installed one, which is refused otherwise.'),
  })
  .meta({
    id: 'InstallRequest',
    examples: [
      {
        manifest: { abi: 1, id: 'hello', name: 'Hello', version: '1.0.0', capabilities: [], exports: ['greet'] },
        module: 'AGFzbQEAAAA=',
      },
    ],
  });

export const disableRequestSchema = z
  .strictObject({ reason: v.reason.nullable().optional() })
  .meta({ id: 'DisableRequest', examples: [{ reason: 'Replaced by another one' }] });

export const runRequestSchema = z
  .strictObject({ handler: z.string().min(1).max(64).describe('One of the exports.'), input: anyJson.optional() })
  .meta({ id: 'RunRequest', examples: [{ handler: 'health_check', input: {} }] });

export const overlayRunSchema = z
  .strictObject({
    receipt_id: v.id,
    output: anyJson.describe('Null with a fault.'),
    fault: z
      .strictObject({ code: z.string(), message: z.string() })
      .nullable()
      .describe('How it ended without an output; that is on record too.'),
    fuel: count,
    host_calls: count,
    logs: z.array(z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']), text: z.string() })),
    correlation_id: z.string(),
  })
  .meta({ id: 'OverlayRun' });

export const overlayHealthSchema = z
  .strictObject({
    healthy: z.boolean(),
    levels: z.array(
      z.strictObject({
        level: z.enum(['self_check', 'dependencies', 'failures']),
        healthy: z.boolean(),
        reason: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'OverlayHealth' });

export const overlayMetricsSchema = z
  .strictObject({
    runs: count,
    faults: count,
    failures_in_a_row: count,
    violations: count,
    fuel: count,
    host_calls: count,
    last_run_at: v.timestamp.nullable(),
    last_fault: z.string().nullable(),
  })
  .meta({ id: 'OverlayMetrics', description: 'Totals since it was first registered.' });

export const receiptsQuerySchema = z.strictObject({
  limit: z.int().min(1).max(500).default(50),
  cursor: v.cursor.optional(),
});

export const receiptSchema = z
  .strictObject({
    id: v.id,
    seq: z.int().min(1).describe('Ledger position.'),
    timestamp: v.timestamp,
    actor: z.string(),
    correlation_id: z.string(),
    overlay_id: z.string(),
    module_hash: hash,
    manifest_hash: hash,
    instrumenter: z.string(),
    handler: z.string(),
    input_commitment: commitment,
    output_commitment: commitment.nullable(),
    host_commitment: commitment,
    fault: z.string().nullable(),
    fuel: count,
    host_calls: count,
    capabilities: z.array(z.string()),
    instance: z.string().nullable(),
    ordinal: count.nullable().describe('How many calls the instance had served before.'),
  })
  .meta({ id: 'Receipt', description: 'What one run is on record with.' });

export const receiptPageSchema = z
  .strictObject({ items: z.array(receiptSchema).describe('Newest first.'), next_cursor: v.nextCursor })
  .meta({ id: 'ReceiptPage' });

export const replayRequestSchema = z
  .strictObject({
    receipt: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('Fields of the receipt as you have it; refused when the ledger says otherwise.'),
  })
  .meta({ id: 'ReplayRequest', examples: [{}] });

export const replaySchema = z
  .strictObject({
    receipt_id: z.string(),
    overlay_id: z.string(),
    calls: count.describe('Calls that were made again, from the instance’s first one.'),
    same: z.boolean(),
    differences: z.array(z.string()).describe('What is not as the receipt says, a sentence each.'),
    output: anyJson,
    fuel: count,
  })
  .meta({ id: 'Replay' });

export const reachQuerySchema = z.strictObject({ hops: z.int().min(1).max(5).default(5) });

export const reachSchema = z
  .strictObject({
    items: z
      .array(z.strictObject({ id: z.string(), name: z.string(), hops: z.int().min(1).max(5).describe('Fewest.') }))
      .describe('Active overlays, by hops, then id.'),
  })
  .meta({ id: 'OverlayReach' });

export const cascadeSchema = z
  .strictObject({
    correlation_id: z.string(),
    hops: count.describe('Hops that went through.'),
    depth: count.describe('The most of them in a row.'),
    cuts: z
      .record(z.string(), count)
      .describe('How often it was not carried on, by reason, such as `STORM`; the rest of a storm is one cut.'),
    steps: z
      .array(
        z.strictObject({
          seq: z.int().min(1),
          timestamp: v.timestamp,
          source: z.string().describe('The overlay that published, or `engine`.'),
          target: z.string(),
          handler: z.string().nullable(),
          type: z.string(),
          hop: z.int().min(1),
          published_by: z.string().nullable().describe('Receipt of the run that published.'),
          receipt_id: z.string().nullable().describe('Receipt of the run that it led to.'),
          cut: z.string().nullable().describe('Why it was not carried on here: a name such as `HOP_LIMIT`.'),
          payload: z.record(z.string(), z.unknown()).nullable(),
        }),
      )
      .describe('In the order of the ledger.'),
    truncated: z.boolean(),
  })
  .meta({ id: 'Cascade', description: 'What overlays led one another to, under one correlation id.' });

export type OverlayBody = z.output<typeof overlaySchema>;
export type OverlayDetailBody = z.output<typeof overlayDetailSchema>;
export type OverlayRunBody = z.output<typeof overlayRunSchema>;
export type ReceiptBody = z.output<typeof receiptSchema>;
export type ReplayBody = z.output<typeof replaySchema>;
export type CascadeBody = z.output<typeof cascadeSchema>;
