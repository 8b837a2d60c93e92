import type { Findings } from './findings.js';
import type { ModuleLayout } from './module-layout.js';
import { typeText } from './value-types.js';

const REQUEST = '(i32, i32) -> i64';

/** What overlays import, with its type: the table of the ABI. */
export const HOST_IMPORTS: ReadonlyMap<string, string> = new Map([
  ['log', '(i32, i32, i32) -> ()'],
  ['get_config', REQUEST],
  ['db_read', REQUEST],
  ['db_write', REQUEST],
  ['event_publish', REQUEST],
  ['event_subscribe', REQUEST],
  ['http_request', REQUEST],
]);

const HANDLER = '(i32, i32) -> i64';

/** Checks imports against the ABI and the grants; `allowed` names the imports that may be there. */
export function checkImports(module: ModuleLayout, allowed: ReadonlySet<string>, refuse: Findings): void {
  for (const { module: from, name, typeIndex, offset } of module.imports) {
    const expected = from === 'host' ? HOST_IMPORTS.get(name) : undefined;
    if (expected === undefined) {
      refuse('import', offset, `The import ${from}.${name} is not in the ABI.`, 'Import only what the ABI page lists.');
      continue;
    }
    const type = typeAt(module, typeIndex);
    if (type !== expected)
      refuse('import', offset, `The import host.${name} has the type ${type}.`, `Declare it as ${expected}.`);
    if (!allowed.has(name))
      refuse('import', offset, `The import host.${name} is not granted.`, 'Add its capability to the manifest.');
  }
}

/** Checks that memory, allocator and the named handlers are exported with the ABI's types. */
export function checkExports(module: ModuleLayout, handlers: readonly string[], refuse: Findings): void {
  const exports = new Map(module.exports.map((one) => [one.name, one]));
  const expected = new Map([
    ['ov_alloc', '(i32) -> i32'],
    ['ov_free', '(i32, i32) -> ()'],
    ...handlers.map((name) => [name, HANDLER] as const),
  ]);
  if (exports.get('memory')?.kind !== 'memory')
    refuse('export', null, 'The module exports no memory.', 'Export its memory as "memory".');
  for (const [name, wanted] of expected) {
    const found = exports.get(name);
    if (found?.kind !== 'function') {
      refuse('export', null, `The module exports no function ${name}.`, `Export ${name}: ${wanted}.`);
      continue;
    }
    const type = typeAt(module, module.functionTypes[found.index]);
    if (type !== wanted)
      refuse('export', found.offset, `The export ${name} has the type ${type}.`, `Declare it as ${wanted}.`);
  }
}

/** Type `index` as text. */
export function typeAt(module: ModuleLayout, index: number | undefined): string {
  const type = index === undefined ? undefined : module.types[index];
  return type === undefined ? 'unknown' : typeText(type);
}
