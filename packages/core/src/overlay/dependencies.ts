/** Who needs whom: ranges, cycles and the order to start in. Pure. @module */
import { satisfies } from 'semver';
import { DomainError } from '../errors.js';
import type { OverlayDependency } from './manifest.js';

export interface Dependent {
  readonly id: string;
  readonly version: string;
  readonly dependencies: readonly OverlayDependency[];
}

/**
 * The overlays in an order in which each follows what it needs; otherwise by id. Needs that are not among them are left out
 * of account.
 * @throws DomainError STATE_CONFLICT with `details.cycle`, which names the overlays in order.
 */
export function startOrder<T extends Dependent>(overlays: readonly T[]): readonly T[] {
  const byId = new Map(overlays.map((overlay) => [overlay.id, overlay]));
  const done = new Set<string>();
  const order: T[] = [];
  const visit = (overlay: T, path: readonly string[]): void => {
    if (done.has(overlay.id)) return;
    if (path.includes(overlay.id)) throw cyclic([...path.slice(path.indexOf(overlay.id)), overlay.id]);
    for (const { id } of [...overlay.dependencies].sort(byIds)) {
      const needed = byId.get(id);
      if (needed !== undefined) visit(needed, [...path, overlay.id]);
    }
    done.add(overlay.id);
    order.push(overlay);
  };
  for (const overlay of [...overlays].sort(byIds)) visit(overlay, []);
  return order;
}

export const satisfiesRange = (version: string, range: string): boolean =>
  satisfies(version, range, { includePrerelease: true });

/** What `overlay` needs and `present` does not give, a sentence each. */
export function unmetDependencies(
  overlay: Dependent,
  present: readonly { readonly id: string; readonly version: string }[],
): readonly string[] {
  return overlay.dependencies.flatMap(({ id, version }) => {
    const found = present.find((other) => other.id === id);
    if (found === undefined) return [`${id} ${version} is not active`];
    return satisfiesRange(found.version, version)
      ? []
      : [`${id} is active in version ${found.version}, not in ${version}`];
  });
}

function cyclic(cycle: readonly string[]): DomainError {
  return new DomainError(
    'STATE_CONFLICT',
    `These overlays need each other in a circle: ${cycle.join(' → ')}. Take one of the dependencies out.`,
    { cycle },
  );
}

function byIds(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
