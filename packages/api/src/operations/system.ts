import { z } from 'zod';
import { defineOperation, json, text } from '../operation.js';
import { auditPageSchema, auditQuerySchema } from '../schemas/ledger.js';
import { healthSchema, maintenanceRequestSchema, maintenanceSchema, readinessSchema } from '../schemas/system.js';

export const getHealth = defineOperation({
  id: 'getHealth',
  method: 'GET',
  path: '/v2/system/health',
  area: 'System',
  summary: 'Is it up',
  description: 'Needs no token.',
  responses: { 200: json('It is.', healthSchema) },
  readOnly: true,
  idempotent: true,
  open: true,
});

export const getReadiness = defineOperation({
  id: 'getReadiness',
  method: 'GET',
  path: '/v2/system/ready',
  area: 'System',
  summary: 'Should it be sent requests',
  description:
    'For load balancers. Needs no token. 503 while it starts, shuts down or cannot reach its store; `reason` in the ' +
    'problem is then `starting`, `draining` or `store`.',
  responses: { 200: json('It should.', readinessSchema) },
  readOnly: true,
  idempotent: true,
  open: true,
});

export const getMetrics = defineOperation({
  id: 'getMetrics',
  method: 'GET',
  path: '/v2/system/metrics',
  area: 'System',
  summary: 'Metrics for Prometheus',
  responses: { 200: text('Prometheus text format.', 'text/plain', z.string()) },
  readOnly: true,
  idempotent: true,
});

export const getAuditLog = defineOperation({
  id: 'getAuditLog',
  method: 'GET',
  path: '/v2/system/audit-log',
  area: 'System',
  summary: 'Who did what, and when',
  query: auditQuerySchema,
  responses: { 200: json('A page of ledger entries.', auditPageSchema) },
  readOnly: true,
  idempotent: true,
});

export const setMaintenance = defineOperation({
  id: 'setMaintenance',
  method: 'POST',
  path: '/v2/system/maintenance',
  area: 'System',
  summary: 'Switch maintenance on or off',
  description: 'In maintenance every write is answered with 503 and `Retry-After`; reading goes on.',
  body: maintenanceRequestSchema,
  responses: { 200: json('The present state.', maintenanceSchema) },
  errors: ['REVIEWER_REQUIRED'],
  readOnly: false,
  idempotent: true,
  duringMaintenance: true,
});
