export {
  BUILT_FILES,
  buildOverlay,
  readBuilt,
  type BuildOptions,
  type BuiltOverlay,
  type OverlayCapabilities,
} from './build/build-overlay.js';
export { OverlayFaulty, type OverlayFaultyCode } from './manifest/overlay-faulty.js';
export { manifestOf, readManifest, type OverlayManifestJson } from './manifest/overlay-manifest.js';
export { HOST_CAPABILITIES, moduleFaults } from './module/module-faults.js';
export { newOverlay, type NewOverlay } from './scaffold/new-overlay.js';
