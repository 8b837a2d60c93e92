/**
 * The life of an overlay: REGISTERED → VALIDATED → ACTIVE ⇄ DISABLED, QUARANTINED, FAILED. Pure.
 * @module
 */
import { DomainError, isDomainError } from '../errors.js';
import { lt } from 'semver';
import { event, type DomainEvent, type OverlayState } from '../ledger/events.js';
import type { JsonObject } from '../ledger/json.js';
import type { Principal } from '../principal.js';
import { bandOf, isQuarantined } from '../trust/trust-level.js';
import { satisfiesRange, startOrder, unmetDependencies, type Dependent } from './dependencies.js';
import { parseManifest, type OverlayManifest } from './manifest.js';
import type { OverlayRecord } from './overlay-record.js';

export interface InstallCommand {
  readonly principal: Principal;
  readonly manifest: OverlayManifest;
  /** As its author wrote it. */
  readonly manifestText: JsonObject;
  readonly manifestHash: string;
  readonly moduleHash: string;
  /** 0–100. */
  readonly trust: number;
  /** Takes a lower version than the installed one; refused by default. */
  readonly allowDowngrade?: boolean;
}

/**
 * Registers what a runner has validated. No events: this very version stands already.
 * @throws DomainError REVIEWER_REQUIRED; INVALID_INPUT for a trust out of range; STATE_CONFLICT for a circle of dependencies, a
 * version that was registered with another content or is lower than the installed one, or one that active overlays cannot rely on.
 */
export function decideInstall(others: readonly OverlayRecord[], command: InstallCommand): readonly DomainEvent[] {
  const { principal, manifest, manifestText, manifestHash, moduleHash, trust } = command;
  assertReviewer(principal, 'install overlays');
  if (!Number.isInteger(trust) || trust < 0 || trust > 100) {
    throw new DomainError('INVALID_INPUT', 'trust must be a whole number from 0 to 100.', { field: 'trust' });
  }
  const known = others.find(({ id }) => id === manifest.id);
  if (known?.version === manifest.version) {
    if (known.moduleHash === moduleHash && known.manifestHash === manifestHash && known.trust === trust) return [];
    if (known.moduleHash !== moduleHash || known.manifestHash !== manifestHash) {
      throw new DomainError(
        'STATE_CONFLICT',
        `Version ${manifest.version} of ${manifest.id} is installed with another content. Give the new one a new version.`,
        { id: manifest.id, version: manifest.version },
      );
    }
  }
  if (known !== undefined && command.allowDowngrade !== true && lt(manifest.version, known.version)) {
    const message = `${manifest.id} is installed in version ${known.version}, and ${manifest.version} is lower. Say so if it is meant.`;
    throw conflict(known, message, { version: known.version });
  }
  const rest = others.filter(({ id }) => id !== manifest.id);
  startOrder([...rest.map(dependentOf), manifest]);
  if (known !== undefined) assertServesDependents(known, manifest, rest);
  return [
    event(
      'overlay.registered.v1',
      'REGISTER',
      { type: 'Overlay', id: manifest.id },
      {
        name: manifest.name,
        version: manifest.version,
        wasm_hash: moduleHash,
        trust_level: trust,
        capabilities: manifest.capabilities,
        manifest: manifestText,
        manifest_hash: manifestHash,
      },
    ),
    stateEvent(manifest.id, 'VALIDATED', null),
    ...(known !== undefined && staysActive(known, command, rest) ? [stateEvent(manifest.id, 'ACTIVE', null)] : []),
  ];
}

/** Which active overlays need this one, and in which range. */
function activeNeeds(overlays: readonly OverlayRecord[], id: string) {
  return overlays
    .filter(({ state }) => state === 'ACTIVE')
    .map(dependentOf)
    .flatMap(({ id: dependent, dependencies }) =>
      dependencies.filter((need) => need.id === id).map((need) => ({ dependent, range: need.version })),
    );
}

/**
 * What active overlays need goes on in its new version at once; otherwise they would be left with something out of service.
 * @throws DomainError STATE_CONFLICT naming them, when the new version could not be enabled.
 */
function staysActive(known: OverlayRecord, command: InstallCommand, rest: readonly OverlayRecord[]): boolean {
  const dependents = [...new Set(activeNeeds(rest, known.id).map(({ dependent }) => dependent))];
  if (known.state !== 'ACTIVE' || dependents.length === 0) return false;
  try {
    assertTrusted({ ...known, trust: command.trust }, command.manifest);
    assertNeedsMet(known, command.manifest, rest);
  } catch (error) {
    if (!isDomainError(error)) throw error;
    const message = `${known.id} is needed by ${dependents.join(', ')}, and could not go on like this: ${error.message}`;
    throw conflict(known, message, { ...error.details, dependents });
  }
  return true;
}

/** What active overlays rely on is not taken from under them by another version. */
function assertServesDependents(
  known: OverlayRecord,
  { id, version }: OverlayManifest,
  others: readonly OverlayRecord[],
): void {
  const dependents = activeNeeds(others, id).filter(({ range }) => !satisfiesRange(version, range));
  if (dependents.length === 0) return;
  const named = dependents.map(({ dependent, range }) => `${dependent} (${range})`).join(', ');
  const message = `Version ${version} of ${id} is out of the range that active overlays need: ${named}. Disable those first.`;
  throw conflict(known, message, { dependents: dependents.map(({ dependent }) => dependent) });
}

/**
 * No events: it is active already.
 * @throws DomainError REVIEWER_REQUIRED; STATE_CONFLICT naming what stands in the way: its trust, or what it needs.
 */
export function decideEnable(
  overlay: OverlayRecord,
  others: readonly OverlayRecord[],
  principal: Principal,
): readonly DomainEvent[] {
  assertReviewer(principal, 'enable overlays');
  if (overlay.state === 'ACTIVE') return [];
  const manifest = manifestOf(overlay);
  assertTrusted(overlay, manifest);
  assertNeedsMet(overlay, manifest, others);
  return [stateEvent(overlay.id, 'ACTIVE', null)];
}

/**
 * No events: it is not active.
 * @throws DomainError REVIEWER_REQUIRED; STATE_CONFLICT naming the active overlays that need it.
 */
export function decideDisable(
  overlay: OverlayRecord,
  others: readonly OverlayRecord[],
  principal: Principal,
  reason: string | null,
): readonly DomainEvent[] {
  assertReviewer(principal, 'disable overlays');
  if (overlay.state !== 'ACTIVE') return [];
  const rest = others.filter(({ id }) => id !== overlay.id);
  const dependents = [...new Set(activeNeeds(rest, overlay.id).map(({ dependent }) => dependent))];
  if (dependents.length > 0) {
    const message = `${overlay.id} is needed by ${dependents.join(', ')}. Disable those first.`;
    throw conflict(overlay, message, { dependents });
  }
  return [stateEvent(overlay.id, 'DISABLED', reason)];
}

/** An overlay whose module is refused here fails, whatever it was. */
export function decideFailed(overlay: OverlayRecord, reason: string): readonly DomainEvent[] {
  return overlay.state === 'FAILED' ? [] : [stateEvent(overlay.id, 'FAILED', reason)];
}

/**
 * After one more failure: too many in a row quarantine an overlay, unless its trust is CORE.
 * @param most failures in a row that are too many.
 */
export function decideFailure(overlay: OverlayRecord, fault: string, most: number): readonly DomainEvent[] {
  const failures = overlay.activity.failuresInARow + 1;
  if (overlay.state !== 'ACTIVE' || failures < most || bandOf(overlay.trust) === 'CORE') return [];
  return [stateEvent(overlay.id, 'QUARANTINED', `${failures} failures in a row, the last one: ${fault}`)];
}

/**
 * @param caller who runs it by hand; null when the system does.
 * @throws DomainError STATE_CONFLICT unless it is active and trusted; POLICY_DENIED for a caller whose trust does not suffice.
 */
export function assertMayRun(overlay: OverlayRecord, manifest: OverlayManifest, caller: Principal | null): void {
  if (overlay.state !== 'ACTIVE') {
    const why = overlay.reason === null ? '' : ` (${overlay.reason})`;
    throw conflict(overlay, `${overlay.id} is ${overlay.state}${why}; only an active overlay runs. Enable it first.`);
  }
  assertTrusted(overlay, manifest);
  if (caller !== null && caller.trust < manifest.trustRequired) {
    throw new DomainError(
      'POLICY_DENIED',
      `${overlay.id} asks for a trust of ${manifest.trustRequired}; yours is ${caller.trust}.`,
      { id: overlay.id, trust_required: manifest.trustRequired, trust: caller.trust },
    );
  }
}

/** @throws DomainError STATE_CONFLICT naming what it needs and is not active in that range. */
export function assertNeedsMet(
  overlay: OverlayRecord,
  manifest: OverlayManifest,
  others: readonly OverlayRecord[],
): void {
  const active = others.filter(({ state }) => state === 'ACTIVE');
  const missing = unmetDependencies(manifest, active);
  if (missing.length === 0) return;
  const message = `${overlay.id} needs what is not there: ${missing.join('; ')}. Enable that first.`;
  throw conflict(overlay, message, { missing });
}

/** @throws DomainError STATE_CONFLICT for one that was registered without a manifest. */
export function manifestOf(overlay: Pick<OverlayRecord, 'id' | 'manifest'>): OverlayManifest {
  if (overlay.manifest !== null) return parseManifest(overlay.manifest);
  throw new DomainError('STATE_CONFLICT', `${overlay.id} was registered without a manifest. Install it.`, {
    id: overlay.id,
  });
}

/** What it needs, as far as its manifest can be read. */
export function dependentOf(overlay: OverlayRecord): Dependent {
  const { id, version } = overlay;
  return { id, version, dependencies: overlay.manifest === null ? [] : manifestOf(overlay).dependencies };
}

function assertTrusted(overlay: OverlayRecord, manifest: OverlayManifest): void {
  if (isQuarantined(overlay.trust)) {
    throw conflict(overlay, `${overlay.id} has a trust of ${overlay.trust}, and nothing runs in QUARANTINE.`);
  }
  if (overlay.trust < manifest.trustRequired) {
    const message = `${overlay.id} needs a trust of ${manifest.trustRequired} and has ${overlay.trust}. Install it with more.`;
    throw conflict(overlay, message, { trust_required: manifest.trustRequired });
  }
}

function assertReviewer(principal: Principal, what: string): void {
  if (principal.reviewer) return;
  throw new DomainError('REVIEWER_REQUIRED', `Only a reviewer can ${what}. Ask one.`);
}

function stateEvent(id: string, state: OverlayState, reason: string | null): DomainEvent {
  return event('overlay.state_changed.v1', 'CHANGE_STATE', { type: 'Overlay', id }, { state, reason });
}

function conflict(overlay: OverlayRecord, message: string, details: Record<string, unknown> = {}): DomainError {
  return new DomainError('STATE_CONFLICT', message, { id: overlay.id, state: overlay.state, ...details });
}
