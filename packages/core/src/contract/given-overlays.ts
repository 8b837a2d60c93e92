/** For tests: a store with overlays whose modules are scripts. @module */
import { REVIEWER, aContext } from '../capsule/given-record.js';
import { ScriptedRunner, type Script } from './given-runner.js';
import { openMemoryStore } from '../memory/index.js';
import type { Store } from '../ports/store.js';
import { aManifestText } from '../overlay/given-overlay.js';
import { installOverlay } from '../overlay/install-overlay.js';
import type { OverlayNetwork } from '../overlay/network/overlay-network.js';
import { overlayPorts, type OverlayPorts, type OverlaySettings } from '../overlay/overlay-ports.js';
import { enableOverlay } from '../overlay/switch-overlay.js';
import type { ContractEngine, TestApi } from './test-api.js';

export interface GivenSystem {
  readonly store: Store;
  readonly runner: ScriptedRunner;
  readonly ports: OverlayPorts;
  /** Installs an overlay whose module is the script of its id, and enables it. */
  readonly add: (id: string, manifest?: Readonly<Record<string, unknown>>, trust?: number) => Promise<void>;
}

export interface GivenSystemOptions {
  /** Default: a memory store of its own. */
  readonly store?: Store;
  readonly settings?: Partial<OverlaySettings>;
  readonly network?: OverlayNetwork;
  readonly instances?: string;
}

export async function aSystem(
  scripts: Readonly<Record<string, Script>>,
  options: GivenSystemOptions = {},
): Promise<GivenSystem> {
  const store = options.store ?? (await openMemoryStore());
  const runner = new ScriptedRunner(scripts, 'scripted/1', options.instances);
  const { settings, network } = options;
  const ports = overlayPorts({
    store,
    runner,
    ...(settings === undefined ? {} : { settings }),
    ...(network === undefined ? {} : { network }),
  });
  const add: GivenSystem['add'] = async (id, manifest = {}, trust = 80) => {
    const exports = Object.keys(scripts[id] ?? {});
    await installOverlay(ports, aContext(REVIEWER), {
      manifest: aManifestText({ id, name: id, exports, ...manifest }),
      module: ScriptedRunner.module(id),
      trust,
    });
    await enableOverlay(ports, aContext(REVIEWER), id);
  };
  return { store, runner, ports, add };
}

/** Makes systems as {@link aSystem} does, over stores of an engine that are closed when the test ends. */
export function freshSystems(engine: ContractEngine, t: Pick<TestApi, 'afterEach'>): typeof aSystem {
  const systems: GivenSystem[] = [];
  t.afterEach(async () => {
    const ended = systems.splice(0);
    // What the keepers have gathered still wants to be written.
    for (const { ports } of ended) await ports.recordings.settled();
    for (const store of new Set(ended.map((system) => system.store))) await store.close();
  });
  return async (scripts, options = {}) => {
    const system = await aSystem(scripts, { ...options, store: options.store ?? (await engine.open()) });
    systems.push(system);
    return system;
  };
}
