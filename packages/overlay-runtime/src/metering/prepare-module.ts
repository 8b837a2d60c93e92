import { createHash } from 'node:crypto';
import { checkExports, checkImports, typeAt } from '../module/check-interface.js';
import { type Findings, collectInto, refuseAtOnce } from '../module/findings.js';
import { type Limits, type ModuleLayout } from '../module/module-layout.js';
import { type ModuleLimits, OVERLAY_LIMITS } from '../module/module-limits.js';
import { ModuleRefused, type Refusal } from '../module/module-refused.js';
import { readModule } from '../module/read-module.js';
import { engineAccepts, engineComplaint } from '../module/web-assembly.js';
import { COST_TABLE } from './cost-table.js';
import { INSTRUMENTER, capped, meterModule } from './meter-module.js';

/** What a module is held to. */
export interface ModuleRules {
  /** Names of host functions that it may import. */
  readonly imports: readonly string[];
  /** Names of the handlers that it must export. */
  readonly handlers: readonly string[];
  /** Pages of 64 KiB. */
  readonly memoryPages: number;
}

export interface ModuleReport {
  /** Of the module as it came, in hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
  /** Names of the instrumenter and of the cost table. */
  readonly instrumenter: string;
  readonly imports: readonly { readonly name: string; readonly type: string }[];
  readonly exports: readonly { readonly name: string; readonly kind: string; readonly type: string | null }[];
  /** In pages, with the largest that it may grow to here; null where there is none. */
  readonly memory: Limits | null;
  readonly tables: readonly Limits[];
  readonly functions: number;
  readonly start: boolean;
}

export interface MeteredModule {
  readonly bytes: Uint8Array;
  readonly report: ModuleReport;
}

/** Values of 8 bytes that calls within calls may take together: half a MiB, which every thread's stack has room for. */
export const STACK_SLOTS = 65_536;

/** Refusals that an inspection shows at most. */
const MOST_REFUSALS = 100;

/**
 * Checks a module and meters it.
 *
 * @throws ModuleRefused with the first reason
 */
export function prepareModule(bytes: Uint8Array, rules: ModuleRules): MeteredModule {
  const limits = limitsFor(rules);
  const layout = check(bytes, rules, limits, refuseAtOnce);
  const metered = meterModule(layout, limits, STACK_SLOTS);
  if (!engineAccepts(metered)) {
    const { message } = engineComplaint(metered);
    throw new ModuleRefused('unsupported', null, `The module cannot be metered: ${message}`, 'Please report it.');
  }
  return { bytes: metered, report: reportOf(capped(layout, limits)) };
}

/** What a module is, as far as it can be read, with all reasons why it would be refused. */
export function inspectModule(
  bytes: Uint8Array,
  rules: ModuleRules,
): { readonly report: ModuleReport | null; readonly refusals: readonly Refusal[] } {
  const limits = limitsFor(rules);
  const refusals: Refusal[] = [];
  const note = collectInto(refusals, MOST_REFUSALS);
  try {
    const layout = check(bytes, rules, limits, note);
    return { report: reportOf(capped(layout, limits)), refusals };
  } catch (error) {
    if (!(error instanceof ModuleRefused)) throw error;
    note(error.code, error.offset, error.message, error.advice);
    return { report: null, refusals };
  }
}

function check(bytes: Uint8Array, rules: ModuleRules, limits: ModuleLimits, refuse: Findings): ModuleLayout {
  let refused = false;
  const noting: Findings = (...refusal) => {
    refused = true;
    refuse(...refusal);
  };
  const layout = readModule(bytes, limits, noting);
  // Where our decoder found nothing, the engine's type check decides.
  if (!refused && !engineAccepts(bytes)) {
    const { message, offset } = engineComplaint(bytes);
    noting('invalid', offset, message, 'Build the module again with a compiler that checks types.');
  }
  checkImports(layout, new Set(rules.imports), refuse);
  checkExports(layout, rules.handlers, refuse);
  return layout;
}

const limitsFor = ({ memoryPages }: ModuleRules): ModuleLimits => ({ ...OVERLAY_LIMITS, memoryPages });

function reportOf(layout: ModuleLayout): ModuleReport {
  return {
    sha256: createHash('sha256').update(layout.bytes).digest('hex'),
    bytes: layout.bytes.length,
    instrumenter: `${INSTRUMENTER} ${COST_TABLE}`,
    imports: layout.imports.map(({ module, name, typeIndex }) => ({
      name: `${module}.${name}`,
      type: typeAt(layout, typeIndex),
    })),
    exports: layout.exports.map(({ name, kind, index }) => ({
      name,
      kind,
      type: kind === 'function' ? typeAt(layout, layout.functionTypes[index]) : null,
    })),
    memory: layout.memory,
    tables: layout.tables.map(({ minimum, maximum }) => ({ minimum, maximum })),
    functions: layout.bodies.length,
    start: layout.start !== null,
  };
}
