/** Without the keys whose value is undefined: the core tells a field left out from one that is set. @module */

export type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

export function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
