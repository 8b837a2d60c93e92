import { defineOperation, json } from '../operation.js';
import * as s from '../schemas/capsule.js';
import { lineageQuerySchema, lineageSchema } from '../schemas/lineage.js';
import { capsulePath } from '../schemas/values.js';
import { z } from 'zod';

const CREATED = ['Location', 'ETag'] as const;
const CHANGED = ['ETag', 'Content-Location'] as const;

export const createCapsule = defineOperation({
  id: 'createCapsule',
  method: 'POST',
  path: '/v2/capsules',
  area: 'Capsules',
  summary: 'Remember something',
  query: s.createQuerySchema,
  body: s.createCapsuleSchema,
  responses: {
    201: json('Created, or made the next version of the series its key names.', s.createdCapsuleSchema, CREATED),
    200: json('The existing head: nothing was changed.', s.capsuleSchema, CHANGED),
  },
  errors: ['CAPSULE_NOT_FOUND', 'KEY_TAKEN', 'REVIEWER_REQUIRED'],
  readOnly: false,
  idempotent: false,
});

/** Bytes of a batch. */
export const BATCH_LIMIT = 64 * 1024 * 1024;

export const createCapsules = defineOperation({
  id: 'createCapsules',
  method: 'POST',
  path: '/v2/capsules/batch',
  area: 'Capsules',
  summary: 'Remember many things at once',
  description: 'All or nothing: the problem details of a refused batch name the item by its `index`.',
  body: s.batchSchema,
  bodyLimit: BATCH_LIMIT,
  responses: {
    201: json('At least one item was created or versioned.', s.batchAnswerSchema),
    200: json('Every item existed already.', s.batchAnswerSchema),
  },
  errors: ['CAPSULE_NOT_FOUND', 'KEY_TAKEN', 'REVIEWER_REQUIRED'],
  readOnly: false,
  idempotent: false,
});

export const listCapsules = defineOperation({
  id: 'listCapsules',
  method: 'GET',
  path: '/v2/capsules',
  area: 'Capsules',
  summary: 'List capsules, newest first',
  query: s.listQuerySchema,
  responses: { 200: json('A page of heads.', s.capsulePageSchema) },
  readOnly: true,
  idempotent: true,
});

export const getCapsule = defineOperation({
  id: 'getCapsule',
  method: 'GET',
  path: '/v2/capsules/{id}',
  area: 'Capsules',
  summary: 'Read a capsule',
  params: capsulePath,
  responses: { 200: json('The version, or the head of the series.', s.capsuleSchema, CHANGED) },
  readOnly: true,
  idempotent: true,
});

export const updateCapsule = defineOperation({
  id: 'updateCapsule',
  method: 'PUT',
  path: '/v2/capsules/{id}',
  area: 'Capsules',
  summary: 'Make the next version',
  description:
    'Needs `If-Match` with the ETag of the head. `*` means whatever the head is, a list means any of these; weak tags never match.',
  params: capsulePath,
  body: s.updateCapsuleSchema,
  ifMatch: 'required',
  responses: { 200: json('The new head, or the old one when nothing differs.', s.capsuleSchema, CHANGED) },
  errors: ['REVIEWER_REQUIRED'],
  readOnly: false,
  idempotent: true,
});

export const archiveCapsule = defineOperation({
  id: 'archiveCapsule',
  method: 'DELETE',
  path: '/v2/capsules/{id}',
  area: 'Capsules',
  summary: 'Archive a series',
  description: 'Hides it from search, never from lineage. Can be undone.',
  params: capsulePath,
  query: z.strictObject({ reason: z.string().max(4_000).optional() }),
  responses: { 200: json('The archived head.', s.capsuleSchema, CHANGED) },
  readOnly: false,
  idempotent: true,
});

export const unarchiveCapsule = defineOperation({
  id: 'unarchiveCapsule',
  method: 'POST',
  path: '/v2/capsules/{id}/unarchive',
  area: 'Capsules',
  summary: 'Bring an archived series back',
  params: capsulePath,
  body: s.reasonSchema,
  bodyOptional: true,
  responses: { 200: json('The head.', s.capsuleSchema, CHANGED) },
  readOnly: false,
  idempotent: true,
});

export const listVersions = defineOperation({
  id: 'listVersions',
  method: 'GET',
  path: '/v2/capsules/{id}/versions',
  area: 'Capsules',
  summary: 'All versions of a series',
  params: capsulePath,
  responses: { 200: json('Newest first.', s.versionsSchema) },
  readOnly: true,
  idempotent: true,
});

export const forkCapsule = defineOperation({
  id: 'forkCapsule',
  method: 'POST',
  path: '/v2/capsules/{id}/fork',
  area: 'Capsules',
  summary: 'Start a new series from a version',
  params: capsulePath,
  body: s.forkCapsuleSchema,
  bodyOptional: true,
  responses: { 201: json('The first version of the new series.', s.capsuleSchema, CREATED) },
  errors: ['KEY_TAKEN', 'REVIEWER_REQUIRED'],
  readOnly: false,
  idempotent: false,
});

export const revertCapsule = defineOperation({
  id: 'revertCapsule',
  method: 'POST',
  path: '/v2/capsules/{id}/revert',
  area: 'Capsules',
  summary: 'Make an old version the next one',
  description: '`If-Match` is optional here: with it, a head that has moved on is answered with 412.',
  params: capsulePath,
  body: s.revertCapsuleSchema,
  bodyOptional: true,
  ifMatch: 'optional',
  responses: {
    201: json('The new head.', s.capsuleSchema, CREATED),
    200: json('The head says the same already.', s.capsuleSchema, CHANGED),
  },
  errors: ['NOT_FOUND'],
  readOnly: false,
  idempotent: false,
});

export const getLineage = defineOperation({
  id: 'getLineage',
  method: 'GET',
  path: '/v2/capsules/{id}/lineage',
  area: 'Capsules',
  summary: 'Where a capsule comes from, or what came of it',
  params: capsulePath,
  query: lineageQuerySchema,
  responses: {
    200: { description: 'The graph.', content: { 'application/json': lineageSchema, 'text/vnd.graphviz': z.string() } },
  },
  readOnly: true,
  idempotent: true,
});
