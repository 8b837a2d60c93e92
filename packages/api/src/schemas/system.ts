/**
 * The system about itself.
 * @module
 */
import { z } from 'zod';
import * as v from './values.js';

const count = z.int().min(0);

export const healthSchema = z
  .strictObject({
    status: z.enum(['ok', 'maintenance', 'sealed']),
    version: z.string(),
    engine: z.string(),
    origin: z.string().describe('Names the ledger.'),
    moved_to: z
      .strictObject({ origin: z.string(), engine: z.string(), address: z.string().nullable() })
      .nullable()
      .describe('Where the ledger goes on, once the store is sealed: nothing is written here any more.'),
    ledger_size: count,
    capsules: count.describe('Versions.'),
    heads: count,
    search_lag: count.describe('Capsules not yet searchable.'),
    embeddings: z
      .strictObject({
        status: z
          .enum(['ok', 'degraded'])
          .describe('Degraded while it does not get on: search goes on by words, or by the vectors there are.'),
        serving: z.string().nullable().describe('The model whose vectors are used; null while there are none.'),
        ranks: z.boolean().describe('False: words alone rank; the vectors tell what is alike.'),
        target: z.string().nullable().describe('The model that is to serve; null while it cannot be opened.'),
        embedded: count.describe('Versions that the target, or else the model that serves, has read.'),
        lag: count.describe('Versions it has not read yet.'),
        failing: z.string().nullable().describe('Why it does not get on, as a code; null while it does.'),
      })
      .nullable()
      .describe('Null when no vectors are kept.'),
    trust_propagations: count.describe('Trust changes on their way to descendants; readers already see their effect.'),
    outbox: z.strictObject({ pending: count, failing: count }),
    answers: z
      .strictObject({
        provider: z.string(),
        model: z.string().describe('For simple questions.'),
        strong_model: z.string().describe('For hard ones.'),
        fallback: z.string().describe('What answers when the provider does not; `none` means nothing does.'),
        available: z.boolean().describe('False while the provider is not asked, as it failed several times in a row.'),
      })
      .describe('What answers questions.'),
    redis: z
      .strictObject({
        status: z.enum(['ok', 'degraded']),
        fault: z.string().nullable().describe('Why it is degraded, as a code; null while it is not.'),
      })
      .nullable()
      .describe('What pods share; null when there is none. Degraded, every pod goes on by itself and loses nothing.'),
    uptime_s: z.number().min(0),
  })
  .meta({ id: 'Health' });

export type HealthBody = z.output<typeof healthSchema>;

export const readinessSchema = z.strictObject({ ready: z.literal(true) }).meta({ id: 'Readiness' });

export const maintenanceRequestSchema = z
  .strictObject({ enabled: z.boolean(), reason: v.reason.nullable().optional() })
  .meta({ id: 'MaintenanceRequest', examples: [{ enabled: true, reason: 'Moving the data folder' }] });

export const maintenanceSchema = z
  .strictObject({ enabled: z.boolean(), changed: z.boolean().describe('False when it was so already.') })
  .meta({ id: 'Maintenance' });
