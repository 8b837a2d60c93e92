import { defineOperation, json } from '../operation.js';
import * as s from '../schemas/retrieval.js';
import { capsulePath } from '../schemas/values.js';

export const searchCapsules = defineOperation({
  id: 'searchCapsules',
  method: 'GET',
  path: '/v2/capsules/search',
  area: 'Retrieval',
  summary: 'Search',
  query: s.searchRequestSchema,
  responses: { 200: json('Hits.', s.searchAnswerSchema) },
  errors: ['CAPSULE_NOT_FOUND'],
  readOnly: true,
  idempotent: true,
});

export const postSearch = defineOperation({
  id: 'postSearch',
  method: 'POST',
  path: '/v2/capsules/search',
  area: 'Retrieval',
  summary: 'Search, with the request as a body',
  body: s.searchRequestSchema,
  responses: { 200: json('Hits.', s.searchAnswerSchema) },
  errors: ['CAPSULE_NOT_FOUND'],
  readOnly: true,
  idempotent: true,
});

export const listSimilar = defineOperation({
  id: 'listSimilar',
  method: 'GET',
  path: '/v2/capsules/{id}/similar',
  area: 'Retrieval',
  summary: 'What is like a capsule',
  description: 'By meaning where the capsule has vectors, else by its telling words. Filters act before the limit.',
  params: capsulePath,
  query: s.similarQuerySchema,
  responses: { 200: json('Nearest first.', s.similarAnswerSchema) },
  readOnly: true,
  idempotent: true,
});

export const ask = defineOperation({
  id: 'ask',
  method: 'POST',
  path: '/v2/ask',
  area: 'Retrieval',
  summary: 'Ask a question and get a cited answer',
  description:
    'Ask for `text/event-stream` to read the answer while it is made. What is refused before the first event is ' +
    'answered as ever; later the last event is `error`. The run is on record before `done`.',
  body: s.askRequestSchema,
  responses: { 200: json('The answer.', s.askAnswerSchema) },
  stream: {
    events: s.ASK_EVENTS,
    description: 'Server-sent events; the data of each is JSON. Ends with `done` or `error`. Comments keep it open.',
  },
  readOnly: false,
  idempotent: false,
});
