/**
 * The operation table: everything the system can be asked to do, once.
 * @module
 */
import * as capsules from './operations/capsules.js';
import * as ledger from './operations/ledger.js';
import * as overlays from './operations/overlays.js';
import * as retrieval from './operations/retrieval.js';
import * as system from './operations/system.js';
import * as trust from './operations/trust.js';
import type { OperationShape } from './operation.js';

export const operations = {
  createCapsule: capsules.createCapsule,
  createCapsules: capsules.createCapsules,
  listCapsules: capsules.listCapsules,
  searchCapsules: retrieval.searchCapsules,
  postSearch: retrieval.postSearch,
  getCapsule: capsules.getCapsule,
  updateCapsule: capsules.updateCapsule,
  archiveCapsule: capsules.archiveCapsule,
  unarchiveCapsule: capsules.unarchiveCapsule,
  listVersions: capsules.listVersions,
  forkCapsule: capsules.forkCapsule,
  revertCapsule: capsules.revertCapsule,
  getLineage: capsules.getLineage,
  listSimilar: retrieval.listSimilar,
  getTrust: trust.getTrust,
  changeTrust: trust.changeTrust,
  quarantineCapsule: trust.quarantineCapsule,
  retractCapsule: trust.retractCapsule,
  ask: retrieval.ask,
  listOverlays: overlays.listOverlays,
  installOverlay: overlays.installOverlay,
  getOverlay: overlays.getOverlay,
  enableOverlay: overlays.enableOverlay,
  disableOverlay: overlays.disableOverlay,
  runOverlay: overlays.runOverlay,
  getOverlayHealth: overlays.getOverlayHealth,
  getOverlayMetrics: overlays.getOverlayMetrics,
  listOverlayReceipts: overlays.listOverlayReceipts,
  getOverlayReach: overlays.getOverlayReach,
  replayReceipt: overlays.replayReceipt,
  getCascade: overlays.getCascade,
  getCheckpoint: ledger.getCheckpoint,
  getInclusionProof: ledger.getInclusionProof,
  getConsistencyProof: ledger.getConsistencyProof,
  getHealth: system.getHealth,
  getReadiness: system.getReadiness,
  getMetrics: system.getMetrics,
  getAuditLog: system.getAuditLog,
  setMaintenance: system.setMaintenance,
} as const satisfies Record<string, OperationShape>;

export type Operations = typeof operations;
export type OperationId = keyof Operations;

export const OPERATION_IDS = Object.keys(operations) as readonly OperationId[];
