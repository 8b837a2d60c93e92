/**
 * The core's runner over threads: prepares modules and gives each overlay its guest.
 * @module
 */
import { DEFAULT_FUEL, MOST_FUEL } from './guest-bounds.js';
import { OverlayFault } from './guest-fault.js';
import { grantedFunctions } from './guest-grants.js';
import type { Guest } from './guest.js';
import { GuestSupply, type GuestSpec, type GuestSupplyOptions } from './guest-supply.js';
import { PreparedModules } from './prepared-modules.js';
import type { OverlayCall, OverlayRun, OverlayRunner, PreparedModule, RunnableManifest } from './runner-port.js';
import type { CompiledModule } from './web-assembly.js';

/** Runs overlays in threads of this process until it is closed. */
export function createOverlayRunner(options: GuestSupplyOptions = {}): OverlayRunner {
  return new ThreadedRunner(options);
}

interface Installed {
  readonly guest: Guest;
  readonly module: PreparedModule;
  readonly manifest: RunnableManifest;
  /** What of the manifest decides how it runs. */
  readonly terms: string;
}

class ThreadedRunner implements OverlayRunner {
  readonly #modules = new PreparedModules();
  #supply: GuestSupply | null = null;
  #closed = false;
  readonly #installed = new Map<string, Installed>();

  constructor(private readonly options: GuestSupplyOptions) {}

  prepare(module: Uint8Array, manifest: RunnableManifest): Promise<PreparedModule> {
    return this.#modules.prepare(module, manifest);
  }

  async run(
    overlayId: string,
    module: PreparedModule,
    manifest: RunnableManifest,
    call: OverlayCall,
  ): Promise<OverlayRun> {
    if (this.#closed) throw new OverlayFault('cancelled', 'The overlay runtime was closed.');
    const guest = this.#guestOf(overlayId, module, manifest);
    return guest.call(call.handler, call.input, call.host, call.signal);
  }

  async discard(overlayId: string): Promise<void> {
    const installed = this.#installed.get(overlayId);
    this.#installed.delete(overlayId);
    if (installed !== undefined) await this.#supply?.release(installed.guest);
  }

  async close(): Promise<void> {
    this.#installed.clear();
    this.#closed = true;
    await this.#supply?.close();
  }

  /** An overlay that changed begins anew. */
  #guestOf(overlayId: string, module: PreparedModule, manifest: RunnableManifest): Guest {
    const installed = this.#installed.get(overlayId);
    if (installed?.module === module && installed.manifest === manifest) return installed.guest;
    const terms = termsOf(module, manifest);
    if (installed?.terms === terms) {
      this.#installed.set(overlayId, { ...installed, module, manifest });
      return installed.guest;
    }
    // Whoever runs no overlay, such as a short command, starts no thread.
    this.#supply ??= new GuestSupply(this.options);
    const guest = this.#supply.open(specOf(this.#modules.compiled(module), manifest));
    if (installed !== undefined) void this.#supply.release(installed.guest);
    this.#installed.set(overlayId, { guest, module, manifest, terms });
    return guest;
  }
}

function termsOf({ sha256, instrumenter }: PreparedModule, manifest: RunnableManifest): string {
  const { capabilities, exports, fuelBudget, memoryLimitPages, deadlineMs, config } = manifest;
  return JSON.stringify([
    [sha256, instrumenter],
    [capabilities, exports, fuelBudget, memoryLimitPages, deadlineMs, config],
  ]);
}

function specOf(module: CompiledModule, manifest: RunnableManifest): GuestSpec {
  const fuelOf = (name: string): number => Math.min(manifest.fuelBudget[name] ?? DEFAULT_FUEL, MOST_FUEL);
  return {
    deadlineMs: manifest.deadlineMs,
    setup: {
      module,
      handlers: manifest.exports.map((name) => ({ name, fuel: fuelOf(name) })),
      initialize: manifest.exports.indexOf('initialize'),
      initializeInput: JSON.stringify({ config: manifest.config }),
      initializeFuel: fuelOf('initialize'),
      granted: grantedFunctions(manifest.capabilities),
      memoryPages: manifest.memoryLimitPages,
    },
  };
}
