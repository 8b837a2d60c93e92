/**
 * Holds a module against its manifest: what would be refused at its installation for what it imports or exports.
 * @module
 */
import { pagesOf, type OverlayManifestJson } from '../manifest/overlay-manifest.js';
import { WebAssembly, type CompiledModule, type ModuleExport, type ModuleImport } from './web-assembly.js';

/** Import → the capability it takes; null where every overlay has it. */
export const HOST_CAPABILITIES: Readonly<Record<string, string | null>> = {
  log: null,
  get_config: null,
  db_read: 'DATABASE_READ',
  db_write: 'DATABASE_WRITE',
  event_publish: 'EVENT_PUBLISH',
  event_subscribe: 'EVENT_SUBSCRIBE',
  http_request: 'NETWORK_ACCESS',
};

const NEEDED_FUNCTIONS = ['ov_alloc', 'ov_free'];
const RESERVED = 'forge.';
const BYTES_OF_PAGE = 65_536;

/** Sentences that say what is wrong and what to do; none for a module that fits. */
export function moduleFaults(module: Uint8Array, manifest: OverlayManifestJson): readonly string[] {
  let compiled: CompiledModule;
  try {
    compiled = new WebAssembly.Module(module);
  } catch (error) {
    return [`it is no valid WebAssembly: ${(error as Error).message}`];
  }
  const exported = WebAssembly.Module.exports(compiled);
  return [
    ...WebAssembly.Module.imports(compiled).flatMap((entry) => importFaults(entry, manifest)),
    ...exportFaults(exported, manifest),
    ...subscriptionFaults(manifest),
    ...(module.length > pagesOf(manifest) * BYTES_OF_PAGE
      ? ['the module is larger than the memory that it may have; raise `memory_limit_pages`']
      : []),
  ];
}

function importFaults({ module, name, kind }: ModuleImport, manifest: OverlayManifestJson): readonly string[] {
  const full = `${module}.${name}`;
  if (module !== 'host') {
    const cause = module === 'env' ? ' (time and chance are none of an overlay’s: take them from its input)' : '';
    return [`it imports ${full}; only the functions of the module \`host\` can be imported${cause}`];
  }
  if (kind !== 'function') return [`it imports ${full} as a ${kind}; everything in \`host\` is a function`];
  const capability = HOST_CAPABILITIES[name];
  if (capability === undefined) {
    return [`it imports ${full}, which there is not; there are ${Object.keys(HOST_CAPABILITIES).join(', ')}`];
  }
  if (capability === null || manifest.capabilities.includes(capability)) return [];
  return [`it imports ${full} without the capability ${capability}; add it to \`capabilities\`, or do not call it`];
}

function exportFaults(exported: readonly ModuleExport[], manifest: OverlayManifestJson): readonly string[] {
  const kinds = new Map(exported.map(({ name, kind }) => [name, kind]));
  const missing = (name: string, wanted: string, hint: string): readonly string[] => {
    const kind = kinds.get(name);
    if (kind === wanted) return [];
    return [kind === undefined ? `it does not export ${name}; ${hint}` : `it exports ${name} as a ${kind}; ${hint}`];
  };
  return [
    ...missing('memory', 'memory', 'export the one memory under this name'),
    ...NEEDED_FUNCTIONS.flatMap((name) =>
      missing(name, 'function', "`export { ov_alloc, ov_free } from '@forge-cascade/overlay-sdk/guest'`"),
    ),
    ...manifest.exports.flatMap((name) =>
      missing(name, 'function', 'write the handler, or take it out of the `exports` of the manifest'),
    ),
    ...[...kinds.keys()]
      .filter((name) => name.startsWith(RESERVED))
      .map((name) => `it exports ${name}; names that begin with ${RESERVED} are the runtime's`),
  ];
}

function subscriptionFaults({ subscriptions = [], exports }: OverlayManifestJson): readonly string[] {
  return subscriptions
    .filter(({ handler }) => !exports.includes(handler))
    .map(
      ({ type, handler }) => `the subscription to ${type} names the handler ${handler}, which is not in \`exports\``,
    );
}
