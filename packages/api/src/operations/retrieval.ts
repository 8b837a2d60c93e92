import { defineOperation, json } from '../operation.js';
import { askAnswerSchema, askRequestSchema, searchAnswerSchema, searchRequestSchema } from '../schemas/retrieval.js';

export const searchCapsules = defineOperation({
  id: 'searchCapsules',
  method: 'GET',
  path: '/v2/capsules/search',
  area: 'Retrieval',
  summary: 'Search',
  query: searchRequestSchema,
  responses: { 200: json('Hits.', searchAnswerSchema) },
  readOnly: true,
  idempotent: true,
});

export const postSearch = defineOperation({
  id: 'postSearch',
  method: 'POST',
  path: '/v2/capsules/search',
  area: 'Retrieval',
  summary: 'Search, with the request as a body',
  body: searchRequestSchema,
  responses: { 200: json('Hits.', searchAnswerSchema) },
  readOnly: true,
  idempotent: true,
});

export const ask = defineOperation({
  id: 'ask',
  method: 'POST',
  path: '/v2/ask',
  area: 'Retrieval',
  summary: 'Ask a question and get a cited answer',
  body: askRequestSchema,
  responses: { 200: json('The answer.', askAnswerSchema) },
  readOnly: false,
  idempotent: false,
});
