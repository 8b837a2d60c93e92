/**
 * The system about itself.
 * @module
 */
import { z } from 'zod';
import * as v from './values.js';

const count = z.int().min(0);

export const healthSchema = z
  .strictObject({
    status: z.enum(['ok', 'maintenance']),
    version: z.string(),
    engine: z.string(),
    origin: z.string().describe('Names the ledger.'),
    ledger_size: count,
    capsules: count.describe('Versions.'),
    heads: count,
    search_lag: count.describe('Capsules not yet searchable.'),
    trust_propagations: count.describe('Trust changes on their way to descendants; readers already see their effect.'),
    outbox: z.strictObject({ pending: count, failing: count }),
    uptime_s: z.number().min(0),
  })
  .meta({ id: 'Health' });

export type HealthBody = z.output<typeof healthSchema>;

export const maintenanceRequestSchema = z
  .strictObject({ enabled: z.boolean(), reason: v.reason.nullable().optional() })
  .meta({ id: 'MaintenanceRequest', examples: [{ enabled: true, reason: 'Moving the data folder' }] });

export const maintenanceSchema = z
  .strictObject({ enabled: z.boolean(), changed: z.boolean().describe('False when it was so already.') })
  .meta({ id: 'Maintenance' });
