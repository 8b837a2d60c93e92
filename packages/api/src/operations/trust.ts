import { defineOperation, json } from '../operation.js';
import { capsuleSchema } from '../schemas/capsule.js';
import { stateRequestSchema, trustQuerySchema, trustRequestSchema, trustSchema } from '../schemas/trust.js';
import { capsulePath } from '../schemas/values.js';

const HEADERS = ['ETag', 'Content-Location'] as const;

export const getTrust = defineOperation({
  id: 'getTrust',
  method: 'GET',
  path: '/v2/capsules/{id}/trust',
  area: 'Trust',
  summary: 'Trust of a capsule, with its history',
  params: capsulePath,
  query: trustQuerySchema,
  responses: { 200: json('Standing and history.', trustSchema) },
  readOnly: true,
  idempotent: true,
});

export const changeTrust = defineOperation({
  id: 'changeTrust',
  method: 'POST',
  path: '/v2/capsules/{id}/trust',
  area: 'Trust',
  summary: 'Set trust, or report how a capsule served',
  params: capsulePath,
  body: trustRequestSchema,
  responses: { 200: json('The capsule with its new trust.', capsuleSchema, HEADERS) },
  errors: ['REVIEWER_REQUIRED'],
  readOnly: false,
  idempotent: false,
});

export const quarantineCapsule = defineOperation({
  id: 'quarantineCapsule',
  method: 'POST',
  path: '/v2/capsules/{id}/quarantine',
  area: 'Trust',
  summary: 'Quarantine a capsule, or lift that',
  description: 'Every descendant that rests on it is tainted until the quarantine is lifted.',
  params: capsulePath,
  body: stateRequestSchema,
  responses: { 200: json('The capsule.', capsuleSchema, HEADERS) },
  errors: ['REVIEWER_REQUIRED'],
  readOnly: false,
  idempotent: true,
});

export const retractCapsule = defineOperation({
  id: 'retractCapsule',
  method: 'POST',
  path: '/v2/capsules/{id}/retract',
  area: 'Trust',
  summary: 'Retract a capsule, or lift that',
  description: 'The owner or a reviewer says that it should not be relied on. Taints what rests on it.',
  params: capsulePath,
  body: stateRequestSchema,
  responses: { 200: json('The capsule.', capsuleSchema, HEADERS) },
  errors: ['REVIEWER_REQUIRED'],
  readOnly: false,
  idempotent: true,
});
