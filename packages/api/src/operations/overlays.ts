import { defineOperation, json } from '../operation.js';
import * as s from '../schemas/overlay.js';

export const listOverlays = defineOperation({
  id: 'listOverlays',
  method: 'GET',
  path: '/v2/overlays',
  area: 'Overlays',
  summary: 'All overlays',
  responses: {
    200: json('All of them.', s.overlayListSchema),
  },
  readOnly: true,
  idempotent: true,
});

export const installOverlay = defineOperation({
  id: 'installOverlay',
  method: 'POST',
  path: '/v2/overlays',
  area: 'Overlays',
  summary: 'Install an overlay',
  description: 'Checks module and manifest and registers them; it runs once it is enabled.',
  body: s.installRequestSchema,
  responses: {
    200: json('It is installed in this very version.', s.overlayDetailSchema),
    201: json('It is installed, and validated.', s.overlayDetailSchema),
  },
  errors: ['REVIEWER_REQUIRED'],
  readOnly: false,
  idempotent: true,
});

export const getOverlay = defineOperation({
  id: 'getOverlay',
  method: 'GET',
  path: '/v2/overlays/{id}',
  area: 'Overlays',
  summary: 'An overlay with its manifest',
  params: s.overlayPath,
  responses: {
    200: json('The overlay.', s.overlayDetailSchema),
  },
  readOnly: true,
  idempotent: true,
});

export const enableOverlay = defineOperation({
  id: 'enableOverlay',
  method: 'POST',
  path: '/v2/overlays/{id}/enable',
  area: 'Overlays',
  summary: 'Make an overlay active',
  description: 'Also what brings a quarantined or failed one back.',
  params: s.overlayPath,
  responses: {
    200: json('The overlay.', s.overlayDetailSchema),
  },
  errors: ['REVIEWER_REQUIRED'],
  readOnly: false,
  idempotent: true,
});

export const disableOverlay = defineOperation({
  id: 'disableOverlay',
  method: 'POST',
  path: '/v2/overlays/{id}/disable',
  area: 'Overlays',
  summary: 'Take an overlay out of service',
  description: 'Refused while active overlays need it.',
  params: s.overlayPath,
  body: s.disableRequestSchema,
  bodyOptional: true,
  responses: {
    200: json('The overlay.', s.overlayDetailSchema),
  },
  errors: ['REVIEWER_REQUIRED'],
  readOnly: false,
  idempotent: true,
});

export const runOverlay = defineOperation({
  id: 'runOverlay',
  method: 'POST',
  path: '/v2/overlays/{id}/run',
  area: 'Overlays',
  summary: 'Run one of its handlers',
  description: 'Leaves a receipt, however it ends.',
  params: s.overlayPath,
  body: s.runRequestSchema,
  responses: {
    200: json('What came of it.', s.overlayRunSchema),
  },
  readOnly: false,
  idempotent: false,
});

export const getOverlayHealth = defineOperation({
  id: 'getOverlayHealth',
  method: 'GET',
  path: '/v2/overlays/{id}/health',
  area: 'Overlays',
  summary: 'How an overlay is',
  description: 'Runs its `health_check`, which leaves a receipt.',
  params: s.overlayPath,
  responses: {
    200: json('By its own word, by what it needs, and by its last runs.', s.overlayHealthSchema),
  },
  readOnly: false,
  idempotent: true,
});

export const getOverlayMetrics = defineOperation({
  id: 'getOverlayMetrics',
  method: 'GET',
  path: '/v2/overlays/{id}/metrics',
  area: 'Overlays',
  summary: 'What came of its runs',
  params: s.overlayPath,
  responses: {
    200: json('Totals.', s.overlayMetricsSchema),
  },
  readOnly: true,
  idempotent: true,
});

export const listOverlayReceipts = defineOperation({
  id: 'listOverlayReceipts',
  method: 'GET',
  path: '/v2/overlays/{id}/receipts',
  area: 'Overlays',
  summary: 'Receipts of its runs',
  params: s.overlayPath,
  query: s.receiptsQuerySchema,
  responses: {
    200: json('A page.', s.receiptPageSchema),
  },
  readOnly: true,
  idempotent: true,
});

export const getOverlayReach = defineOperation({
  id: 'getOverlayReach',
  method: 'GET',
  path: '/v2/overlays/{id}/reach',
  area: 'Overlays',
  summary: 'Overlays that its cascades have reached',
  params: s.overlayPath,
  query: s.reachQuerySchema,
  responses: {
    200: json('Those that are active.', s.reachSchema),
  },
  readOnly: true,
  idempotent: true,
});

export const replayReceipt = defineOperation({
  id: 'replayReceipt',
  method: 'POST',
  path: '/v2/overlays/receipts/{id}/replay',
  area: 'Overlays',
  summary: 'Run a receipt’s call again',
  description: 'From its instance’s first call on, with the host’s answers of then.',
  params: s.receiptPath,
  body: s.replayRequestSchema,
  bodyOptional: true,
  responses: {
    200: json('Whether it came to the same.', s.replaySchema),
  },
  errors: ['STATE_CONFLICT'],
  readOnly: true,
  idempotent: true,
});

export const getCascade = defineOperation({
  id: 'getCascade',
  method: 'GET',
  path: '/v2/cascades/{id}',
  area: 'Overlays',
  summary: 'What led to what under a correlation id',
  params: s.cascadePath,
  responses: {
    200: json('The hops and cuts.', s.cascadeSchema),
  },
  readOnly: true,
  idempotent: true,
});
