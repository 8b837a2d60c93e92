import { z } from 'zod';
import { defineOperation, json, text } from '../operation.js';
import { consistencyQuerySchema, consistencySchema, inclusionQuerySchema, inclusionSchema } from '../schemas/ledger.js';

export const getCheckpoint = defineOperation({
  id: 'getCheckpoint',
  method: 'GET',
  path: '/v2/ledger/checkpoint',
  area: 'Ledger',
  summary: 'The newest signed checkpoint',
  responses: { 200: text('A C2SP signed note; covers every acknowledged write.', 'text/plain', z.string()) },
  readOnly: true,
  idempotent: true,
});

export const getInclusionProof = defineOperation({
  id: 'getInclusionProof',
  method: 'GET',
  path: '/v2/ledger/proof',
  area: 'Ledger',
  summary: 'Proof that an entry is in the ledger',
  query: inclusionQuerySchema,
  responses: { 200: json('The proof.', inclusionSchema) },
  readOnly: true,
  idempotent: true,
});

export const getConsistencyProof = defineOperation({
  id: 'getConsistencyProof',
  method: 'GET',
  path: '/v2/ledger/consistency',
  area: 'Ledger',
  summary: 'Proof that the ledger only grew',
  query: consistencyQuerySchema,
  responses: { 200: json('The proof.', consistencySchema) },
  readOnly: true,
  idempotent: true,
});
