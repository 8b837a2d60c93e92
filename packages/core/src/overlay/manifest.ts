/**
 * Reading a manifest: what an overlay is, asks for and is bounded by (`docs/overlays/abi.md`). Every refusal names the field
 * as the author wrote it.
 * @module
 */
import { valid, validRange } from 'semver';
import { DomainError } from '../errors.js';
import { CanonicalJsonError, canonicalize } from '../ledger/canonical-json.js';
import type { JsonObject, JsonValue } from '../ledger/json.js';
import { CAPABILITIES, isCapability, type Capability } from './capability.js';

export const ABI_VERSION = 1;

export const MANIFEST_DEFAULTS = {
  memoryLimitPages: 256,
  deadlineMs: 1_000,
  fuel: 5_000_000,
  trustRequired: 40,
} as const;

export const MANIFEST_LIMITS = {
  /** Bytes of UTF-8 in canonical form. */
  bytes: 64 * 1024,
  memoryLimitPages: 1_024,
  deadlineMs: 10_000,
  fuel: 1_000_000_000,
  exports: 64,
  dependencies: 32,
  subscriptions: 32,
  allowedHosts: 32,
} as const;

export interface OverlayDependency {
  readonly id: string;
  /** A SemVer range. */
  readonly version: string;
}

export interface OverlaySubscription {
  /** An event type; `*` stands for any run of characters where wildcards are allowed. */
  readonly type: string;
  readonly handler: string;
}

export interface OverlayManifest {
  readonly abi: 1;
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly capabilities: readonly Capability[];
  readonly dependencies: readonly OverlayDependency[];
  /** 0–100: the trust that the overlay, and whoever runs it by hand, must have. */
  readonly trustRequired: number;
  readonly exports: readonly string[];
  /** One per export. */
  readonly fuelBudget: Readonly<Record<string, number>>;
  readonly memoryLimitPages: number;
  readonly deadlineMs: number;
  readonly subscriptions: readonly OverlaySubscription[];
  readonly allowWildcards: boolean;
  /** Lower case, `name` or `name:port`. */
  readonly allowedHosts: readonly string[];
  readonly config: JsonObject;
}

const FIELDS = [
  'abi',
  'id',
  'name',
  'version',
  'description',
  'capabilities',
  'dependencies',
  'trust_required',
  'exports',
  'fuel_budget',
  'memory_limit_pages',
  'deadline_ms',
  'subscriptions',
  'allow_wildcards',
  'allowed_hosts',
  'config',
] as const;

const ID = /^[a-z][a-z0-9_]{0,63}$/;
const EXPORT = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;
const RESERVED_EXPORTS = ['memory', 'ov_alloc', 'ov_free'];
const HOST =
  /^(?=.{1,253}(?::|$))[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::[1-9][0-9]{0,4})?$/;
const EVENT_TYPE = /^[a-z0-9]+(?:[._][a-z0-9]+)*$/;
const PATTERN = /^[a-z0-9_.*]+$/;

/** Longest event type. */
export const MAX_EVENT_TYPE = 64;

/** @throws DomainError INVALID_INPUT with `details.field`; TOO_LARGE. */
export function parseManifest(given: unknown): OverlayManifest {
  const json = objectOf(given, 'manifest');
  assertSize(json);
  for (const field of Object.keys(json)) {
    if (!(FIELDS as readonly string[]).includes(field)) {
      throw refused(field, `the manifest has no field ${field}. Known fields are ${FIELDS.join(', ')}.`);
    }
  }
  if (json['abi'] !== ABI_VERSION) {
    throw refused('abi', `abi must be ${ABI_VERSION}, the version of the overlay ABI that this runtime speaks.`);
  }
  const exports = exportsOf(json['exports']);
  const allowWildcards = flag(json['allow_wildcards'], 'allow_wildcards');
  const manifest: OverlayManifest = {
    abi: ABI_VERSION,
    id: overlayId(json['id'], 'id'),
    name: textOf(json['name'], 'name', 1, 100),
    version: versionOf(json['version']),
    description: json['description'] === undefined ? '' : textOf(json['description'], 'description', 0, 2_000),
    capabilities: capabilitiesOf(json['capabilities']),
    dependencies: dependenciesOf(json['dependencies']),
    trustRequired: whole(json['trust_required'], 'trust_required', 0, 100, MANIFEST_DEFAULTS.trustRequired),
    exports,
    fuelBudget: budgetsOf(json['fuel_budget'], exports),
    memoryLimitPages: whole(
      json['memory_limit_pages'],
      'memory_limit_pages',
      1,
      MANIFEST_LIMITS.memoryLimitPages,
      MANIFEST_DEFAULTS.memoryLimitPages,
    ),
    deadlineMs: whole(json['deadline_ms'], 'deadline_ms', 1, MANIFEST_LIMITS.deadlineMs, MANIFEST_DEFAULTS.deadlineMs),
    subscriptions: subscriptionsOf(json['subscriptions'], exports, allowWildcards),
    allowWildcards,
    allowedHosts: hostsOf(json['allowed_hosts']),
    config: json['config'] === undefined ? {} : objectOf(json['config'], 'config'),
  };
  assertCoherent(manifest);
  return manifest;
}

/** Lower-case words joined by `_` or `.`. */
export function isEventType(type: JsonValue | undefined): boolean {
  return typeof type === 'string' && type.length <= MAX_EVENT_TYPE && EVENT_TYPE.test(type);
}

/** Whether an event type is meant by a subscription's. */
export function matchesType(pattern: string, type: string): boolean {
  if (!pattern.includes('*')) return pattern === type;
  const [first = '', ...rest] = pattern.split('*');
  if (!type.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop() ?? '';
  for (const part of rest) {
    const found = type.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return type.length - last.length >= at && type.endsWith(last);
}

function assertCoherent(manifest: OverlayManifest): void {
  const has = (capability: Capability): boolean => manifest.capabilities.includes(capability);
  if (manifest.subscriptions.length > 0 && !has('EVENT_SUBSCRIBE')) {
    throw refused('subscriptions', 'subscriptions need the capability EVENT_SUBSCRIBE. Add it, or leave them out.');
  }
  if (manifest.allowedHosts.length > 0 && !has('NETWORK_ACCESS')) {
    throw refused('allowed_hosts', 'allowed_hosts need the capability NETWORK_ACCESS. Add it, or leave them out.');
  }
  if (manifest.dependencies.some(({ id }) => id === manifest.id)) {
    throw refused('dependencies', `dependencies name the overlay itself (${manifest.id}). Leave it out.`);
  }
}

function exportsOf(value: JsonValue | undefined): readonly string[] {
  const names = listOf(value, 'exports', MANIFEST_LIMITS.exports).map((name, i) => {
    const field = `exports[${i}]`;
    if (typeof name !== 'string' || !EXPORT.test(name)) {
      throw refused(field, `${field} must be a name of letters, digits, "_", "." and "-", at most 64 characters.`);
    }
    if (RESERVED_EXPORTS.includes(name) || name.startsWith('forge.')) {
      throw refused(field, `${field} is ${name}, which the ABI keeps for itself. Name the handler otherwise.`);
    }
    return name;
  });
  if (names.length === 0) throw refused('exports', 'exports is empty. Name at least one handler.');
  return distinct(names, 'exports');
}

function budgetsOf(value: JsonValue | undefined, exports: readonly string[]): Readonly<Record<string, number>> {
  const given = value === undefined ? {} : objectOf(value, 'fuel_budget');
  for (const name of Object.keys(given)) {
    // A module's start function runs under the budget of `initialize`, whether or not it exports that.
    if (name !== 'initialize' && !exports.includes(name)) {
      throw refused(
        `fuel_budget.${name}`,
        `fuel_budget.${name} is a budget of nothing: exports does not name ${name}.`,
      );
    }
  }
  const budget = (name: string): number =>
    whole(
      Object.hasOwn(given, name) ? given[name] : undefined,
      `fuel_budget.${name}`,
      1,
      MANIFEST_LIMITS.fuel,
      MANIFEST_DEFAULTS.fuel,
    );
  const named = new Set([...exports, ...Object.keys(given)]);
  return Object.fromEntries([...named].map((name) => [name, budget(name)]));
}

function capabilitiesOf(value: JsonValue | undefined): readonly Capability[] {
  const names = listOf(value, 'capabilities', CAPABILITIES.length).map((name, i) => {
    if (isCapability(name)) return name;
    const field = `capabilities[${i}]`;
    throw refused(field, `${field} is none. Capabilities are ${CAPABILITIES.join(', ')}.`);
  });
  return distinct(names, 'capabilities');
}

function dependenciesOf(value: JsonValue | undefined): readonly OverlayDependency[] {
  const found = listOf(value ?? [], 'dependencies', MANIFEST_LIMITS.dependencies).map((entry, i): OverlayDependency => {
    const field = `dependencies[${i}]`;
    if (typeof entry === 'string') return { id: overlayId(entry, field), version: '*' };
    const dependency = fieldsOf(entry, field, ['id', 'version']);
    const { version = '*' } = dependency;
    if (typeof version !== 'string' || validRange(version) === null) {
      throw refused(`${field}.version`, `${field}.version must be a SemVer range, such as "^1.2.0".`);
    }
    return { id: overlayId(dependency['id'], `${field}.id`), version };
  });
  distinct(
    found.map(({ id }) => id),
    'dependencies',
  );
  return found;
}

function subscriptionsOf(
  value: JsonValue | undefined,
  exports: readonly string[],
  allowWildcards: boolean,
): readonly OverlaySubscription[] {
  const found = listOf(value ?? [], 'subscriptions', MANIFEST_LIMITS.subscriptions).map((entry, i) => {
    const field = `subscriptions[${i}]`;
    const { type, handler } = fieldsOf(entry, field, ['type', 'handler']);
    if (typeof handler !== 'string' || !exports.includes(handler)) {
      throw refused(`${field}.handler`, `${field}.handler must be one of the exports: ${exports.join(', ')}.`);
    }
    return { type: subscribedType(type, `${field}.type`, allowWildcards), handler };
  });
  distinct(
    found.map(({ type, handler }) => `${type} → ${handler}`),
    'subscriptions',
  );
  return found;
}

function subscribedType(type: JsonValue | undefined, field: string, allowWildcards: boolean): string {
  if (typeof type === 'string' && isEventType(type)) return type;
  if (typeof type === 'string' && type.includes('*') && type.length <= MAX_EVENT_TYPE && PATTERN.test(type)) {
    if (allowWildcards) return type;
    throw refused(
      field,
      `${field} has a wildcard, which allow_wildcards does not allow. Set it to true, or name types.`,
    );
  }
  throw refused(field, `${field} must be lower-case words joined by "_" or ".", at most ${MAX_EVENT_TYPE} characters.`);
}

function hostsOf(value: JsonValue | undefined): readonly string[] {
  const hosts = listOf(value ?? [], 'allowed_hosts', MANIFEST_LIMITS.allowedHosts).map((host, i) => {
    if (typeof host === 'string' && HOST.test(host.toLowerCase()) && portOf(host) <= 65_535) return host.toLowerCase();
    const field = `allowed_hosts[${i}]`;
    throw refused(field, `${field} must be a host name, with a port where it is not 443, such as "api.example.org".`);
  });
  return distinct(hosts, 'allowed_hosts');
}

function portOf(host: string): number {
  return Number(host.split(':')[1] ?? 443);
}

function overlayId(value: JsonValue | undefined, field: string): string {
  if (typeof value === 'string' && ID.test(value)) return value;
  throw refused(field, `${field} must be 1 to 64 lower-case letters, digits and "_", beginning with a letter.`);
}

function versionOf(value: JsonValue | undefined): string {
  // `valid` answers without the build metadata, which SemVer allows, and takes a leading "v", which it does not.
  if (typeof value === 'string' && /^\d/.test(value) && valid(value) === value.split('+')[0]) return value;
  throw refused('version', 'version must be a SemVer version, such as "1.2.0".');
}

function textOf(value: JsonValue | undefined, field: string, least: number, most: number): string {
  if (typeof value === 'string' && value.length >= least && value.length <= most) return value;
  throw refused(field, `${field} must be text of ${least} to ${most} characters.`);
}

function whole(value: JsonValue | undefined, field: string, least: number, most: number, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw refused(field, `${field} must be a whole number from ${least} to ${most}.`);
}

function flag(value: JsonValue | undefined, field: string): boolean {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw refused(field, `${field} must be true or false.`);
}

function listOf(value: JsonValue | undefined, field: string, most: number): readonly JsonValue[] {
  if (!Array.isArray(value)) throw refused(field, `${field} must be a list.`);
  if (value.length > most) throw refused(field, `${field} has ${value.length} entries; at most ${most} are allowed.`);
  return value as readonly JsonValue[];
}

function objectOf(value: unknown, field: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw refused(field, `${field} must be a JSON object.`);
}

function fieldsOf(value: JsonValue, field: string, known: readonly string[]): JsonObject {
  const object = objectOf(value, field);
  const unknown = Object.keys(object).find((name) => !known.includes(name));
  if (unknown === undefined) return object;
  throw refused(`${field}.${unknown}`, `${field} has no field ${unknown}. Known fields are ${known.join(', ')}.`);
}

function distinct<T>(values: readonly T[], field: string): readonly T[] {
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice === undefined) return values;
  throw refused(field, `${field} names ${String(twice)} twice.`);
}

function assertSize(json: JsonObject): void {
  let bytes: number;
  try {
    bytes = Buffer.byteLength(canonicalize(json));
  } catch (error) {
    if (!(error instanceof CanonicalJsonError)) throw error;
    throw refused('manifest', `the manifest cannot be stored: ${error.message}`);
  }
  if (bytes <= MANIFEST_LIMITS.bytes) return;
  throw new DomainError('TOO_LARGE', `The manifest has ${bytes} bytes; at most ${MANIFEST_LIMITS.bytes} are allowed.`, {
    field: 'manifest',
    bytes,
    limit: MANIFEST_LIMITS.bytes,
  });
}

function refused(field: string, message: string): DomainError {
  return new DomainError('INVALID_INPUT', message, { field });
}
