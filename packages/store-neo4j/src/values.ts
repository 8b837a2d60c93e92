/**
 * Values on their way into and out of Neo4j. JavaScript's numbers would be stored as floating-point ones, so whole
 * numbers are marked as integers; what comes back is plain again, or refused when JavaScript could not hold it.
 * @module
 */
import neo4j, { isInt, type Integer } from 'neo4j-driver';
import { DomainError } from '@forge-cascade/core/engine';

/** What statements take as a parameter, before it is marked. */
export type Value =
  null | boolean | number | string | Uint8Array | Reals | readonly Value[] | { readonly [key: string]: Value };

/** Numbers that are no integers, whatever their value: the parts of a vector. */
export class Reals {
  constructor(readonly values: Float32Array) {}
}

export type Row = Readonly<Record<string, Value>>;

/** The driver's form of a parameter. */
export function toDriver(value: Value): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? neo4j.int(value) : value;
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return new Int8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof Reals) return Array.from(value.values);
  if (Array.isArray(value)) return value.map(toDriver);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toDriver(inner)]));
}

/**
 * The plain form of what the driver returned.
 * @throws DomainError STORE_CORRUPT for an integer beyond 2^53 − 1: nothing here writes any.
 */
export function fromDriver(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return value as Value;
  if (isInt(value)) return toNumber(value);
  if (value instanceof Int8Array) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (Array.isArray(value)) return value.map(fromDriver);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fromDriver(inner)]));
}

function toNumber(value: Integer): number {
  if (value.inSafeRange()) return value.toNumber();
  throw new DomainError(
    'STORE_CORRUPT',
    `The database holds the number ${value.toString()}, which is beyond 2^53 − 1: something else wrote it. Nothing was changed.`,
  );
}

export function text(value: Value | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

export function number(value: Value | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

export function instant(ms: Value | undefined): string {
  return new Date(Number(ms)).toISOString();
}

export function bytes(value: Value | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array(0);
}

export function hex(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
}

export function base64(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
}
