import { defineOperation, json } from '../operation.js';
import {
  ASK_EVENTS,
  askAnswerSchema,
  askRequestSchema,
  searchAnswerSchema,
  searchRequestSchema,
} from '../schemas/retrieval.js';

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
  description:
    'Ask for `text/event-stream` to read the answer while it is made. What is refused before the first event is ' +
    'answered as ever; later the last event is `error`. The run is on record before `done`.',
  body: askRequestSchema,
  responses: { 200: json('The answer.', askAnswerSchema) },
  stream: {
    events: ASK_EVENTS,
    description: 'Server-sent events; the data of each is JSON. Ends with `done` or `error`. Comments keep it open.',
  },
  readOnly: false,
  idempotent: false,
});
