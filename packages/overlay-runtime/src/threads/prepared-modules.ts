/**
 * Modules that were checked, metered and compiled, each once for what it is held to.
 * @module
 */
import { createHash } from 'node:crypto';
import { prepareModule } from '../metering/prepare-module.js';
import { ModuleRefused } from '../module/module-refused.js';
import { grantedFunctions } from './guest-grants.js';
import { OverlayRefused } from './overlay-refused.js';
import type { PreparedModule, RunnableManifest } from './runner-port.js';
import { WebAssembly, type CompiledModule } from './web-assembly.js';

/** Beyond them the ones used least recently are forgotten, unless whoever prepared them still holds them. */
const KEPT = 256;

export class PreparedModules {
  readonly #byContent = new Map<string, Promise<PreparedModule>>();
  readonly #compiled = new WeakMap<PreparedModule, CompiledModule>();

  constructor(private readonly kept = KEPT) {}

  /** @throws OverlayRefused */
  prepare(bytes: Uint8Array, manifest: RunnableManifest): Promise<PreparedModule> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const key = JSON.stringify([
      sha256,
      manifest.memoryLimitPages,
      grantedFunctions(manifest.capabilities),
      manifest.exports,
    ]);
    const known = this.#byContent.get(key);
    this.#byContent.delete(key);
    const prepared = known ?? this.#prepare(bytes, manifest);
    this.#byContent.set(key, prepared);
    prepared.catch(() => this.#byContent.delete(key));
    const [oldest] = this.#byContent.keys();
    if (this.#byContent.size > this.kept && oldest !== undefined) this.#byContent.delete(oldest);
    return prepared;
  }

  /** @throws when it was not prepared here */
  compiled(module: PreparedModule): CompiledModule {
    const compiled = this.#compiled.get(module);
    if (compiled === undefined)
      throw new Error(`The module ${module.sha256} was not prepared by this runner: prepare it before running it.`);
    return compiled;
  }

  async #prepare(bytes: Uint8Array, manifest: RunnableManifest): Promise<PreparedModule> {
    const metered = meter(bytes, manifest);
    const { sha256, instrumenter, imports, exports } = metered.report;
    const prepared: PreparedModule = {
      sha256,
      instrumenter,
      imports: imports.map(({ name }) => name),
      exports: exports.map(({ name }) => name),
    };
    this.#compiled.set(prepared, await WebAssembly.compile(metered.bytes));
    return prepared;
  }
}

function meter(bytes: Uint8Array, manifest: RunnableManifest): ReturnType<typeof prepareModule> {
  try {
    return prepareModule(bytes, {
      imports: grantedFunctions(manifest.capabilities),
      handlers: manifest.exports,
      memoryPages: manifest.memoryLimitPages,
    });
  } catch (error) {
    throw error instanceof ModuleRefused ? new OverlayRefused(error) : error;
  }
}
