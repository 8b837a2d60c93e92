/**
 * Addresses nobody serves, and methods that an address does not know.
 * @module
 */
import { operations, type OperationShape } from '@forge-cascade/api';
import { Refusal } from './refusal.js';

interface Served {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/** @param pages paths beside the operations, read with GET. */
export function notFoundRefusal(pages: readonly string[]): (method: string, url: string) => Refusal {
  const served = new Map<string, Served>();
  const add = (path: string, method: string): void => {
    const pattern = new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`);
    const entry = served.get(path) ?? { pattern, methods: new Set<string>() };
    entry.methods.add(method);
    if (method === 'GET') entry.methods.add('HEAD');
    served.set(path, entry);
  };
  for (const { path, method } of Object.values(operations) as OperationShape[]) add(path, method);
  for (const path of pages) add(path, 'GET');

  return (method, url) => {
    const path = url.split('?', 1)[0] as string;
    const allowed = new Set(
      [...served.values()].filter(({ pattern }) => pattern.test(path)).flatMap((s) => [...s.methods]),
    );
    if (allowed.size === 0 || allowed.has(method)) return new Refusal('NOT_FOUND', 'There is nothing at this address.');
    const allow = [...allowed].sort().join(', ');
    return new Refusal('METHOD_NOT_ALLOWED', `This address knows ${allow}.`, {}, { allow });
  };
}
