/** For tests: a manifest with everything a test does not care about filled in; undefined leaves a field out. @module */
import type { JsonObject } from '../ledger/json.js';
import { parseManifest, type OverlayManifest } from './manifest.js';

export function aManifestText(fields: Readonly<Record<string, unknown>> = {}): JsonObject {
  const all = {
    abi: 1,
    id: 'watcher',
    name: 'Watcher',
    version: '1.2.0',
    capabilities: ['DATABASE_READ', 'DATABASE_WRITE', 'EVENT_PUBLISH', 'EVENT_SUBSCRIBE'],
    exports: ['initialize', 'analyse', 'on_threat', 'health_check'],
    ...fields,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as JsonObject;
}

export function aManifest(fields: Readonly<Record<string, unknown>> = {}): OverlayManifest {
  return parseManifest(aManifestText(fields));
}
