import { createHash } from 'node:crypto';
import { COST_TABLE } from './cost-table.js';
import { INSTRUMENTER } from './meter-module.js';
import { type MeteredModule, type ModuleRules, prepareModule } from './prepare-module.js';

/** Bytes of metered modules that are kept, unless said otherwise. */
const KEPT_BYTES = 64 << 20;

/**
 * Prepares modules, each once: what is kept is found by the module's content, the instrumenter, the cost table and the
 * rules. The ones not asked for the longest make room.
 */
export class MeteredModules {
  readonly #kept = new Map<string, MeteredModule>();
  #bytes = 0;

  /** @param mostBytes of metered modules kept together */
  constructor(private readonly mostBytes = KEPT_BYTES) {}

  /** @throws ModuleRefused */
  prepare(bytes: Uint8Array, rules: ModuleRules): MeteredModule {
    const key = keyOf(bytes, rules);
    const found = this.#kept.get(key) ?? prepareModule(bytes, rules);
    if (!this.#kept.delete(key)) this.#bytes += found.bytes.length;
    this.#kept.set(key, found);
    for (const [oldest, { bytes: metered }] of this.#kept) {
      if (this.#bytes <= this.mostBytes || oldest === key) break;
      this.#kept.delete(oldest);
      this.#bytes -= metered.length;
    }
    return found;
  }
}

function keyOf(bytes: Uint8Array, { imports, handlers, memoryPages }: ModuleRules): string {
  const content = createHash('sha256').update(bytes).digest('hex');
  return JSON.stringify([content, INSTRUMENTER, COST_TABLE, [...imports].sort(), [...handlers].sort(), memoryPages]);
}
