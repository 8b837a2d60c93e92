/**
 * What `db_write` can be asked for, under the overlay's own principal and the rules for anybody. Each only decides; the
 * events are committed with the run's receipt.
 * @module
 */
import { uuidv7 } from 'uuidv7';
import { loadCapsule, loadHead } from '../../capsule/access.js';
import type { CapsuleRecord } from '../../capsule/capsule.js';
import { checkCreate, decideCreate } from '../../capsule/decide-create.js';
import { checkUpdate, decideUpdate } from '../../capsule/decide-update.js';
import { findParents } from '../../capsule/derivations.js';
import type { CreateCapsuleInput } from '../../capsule/inputs.js';
import { keyClaim } from '../../capsule/create-capsule.js';
import { assertCanonicalText, canonicalize } from '../../ledger/canonical-json.js';
import { event, type DomainEvent } from '../../ledger/events.js';
import type { JsonObject, JsonValue } from '../../ledger/json.js';
import { checkEvidence } from '../../trust/grounds.js';
import { decideSignal, movedToday, SIGNAL_STEPS, type TrustSignal } from '../../trust/signal-trust.js';
import type { Capability } from '../capability.js';
import { HostRefusal, objectField, textField } from './host-reply.js';
import type { HostOperation, HostSession } from './host-session.js';

/** Bytes of a value in canonical form. */
export const MAX_STATE_VALUE = 64 * 1024;
/** Names under which an overlay can keep something. */
export const MAX_STATE_KEYS = 256;
const MAX_STATE_KEY = 200;

/** What an operation needs beside DATABASE_WRITE. */
export const CAPABILITY_OF_WRITE: Readonly<Record<string, Capability | null>> = {
  'state.put': null,
  'capsule.create': 'CAPSULE_CREATE',
  'capsule.version': 'CAPSULE_MODIFY',
  'capsule.signal': 'CAPSULE_MODIFY',
  'proposal.draft': 'GOVERNANCE_VOTE',
};

export const WRITE_OPERATIONS: Readonly<Record<string, HostOperation>> = {
  'state.put': async (session, args) => {
    const key = textField(args, 'key');
    if (key.length > MAX_STATE_KEY) throw new HostRefusal('INVALID', `key has more than ${MAX_STATE_KEY} characters.`);
    assertCanonicalText(key, 'key');
    const value = args['value'] ?? null;
    if (sizeOf(value) > MAX_STATE_VALUE)
      throw new HostRefusal('LIMIT', `value has more than ${MAX_STATE_VALUE} bytes.`);
    await assertRoomFor(session, key, value);
    session.values.set(key, value);
    return null;
  },

  'capsule.create': async ({ ports, principal, writes }, args) => {
    const checked = checkCreate(createInput(args));
    const parents = await findParents(ports.store, [checked.derivations]);
    const ids = { newId: uuidv7(), newSeriesId: uuidv7() };
    writes.events.push(...decideCreate({ existing: null, parents }, { ...checked, ...ids, principal }));
    if (checked.key !== null) writes.claims.push(keyClaim(principal.id, checked.key, ids.newSeriesId));
    return { id: ids.newId };
  },

  'capsule.version': async (session, args) => {
    const { ports, principal } = session;
    const ref = textField(args, 'id');
    const head = await loadHead(ports.store, ref);
    const checked = checkUpdate({ content: textField(args, 'content') });
    const newId = uuidv7();
    const command = { ...checked, principal, ref, ifMatch: textField(args, 'if_head'), newId };
    const events = decideUpdate({ head, parents: new Map() }, command);
    changeSeries(session, head, events);
    return { id: events.length === 0 ? head.id : newId };
  },

  'capsule.signal': async (session, args) => {
    const { ports } = session;
    const signal = textField(args, 'signal');
    if (!Object.hasOwn(SIGNAL_STEPS, signal)) {
      throw new HostRefusal('INVALID', `signal must be one of ${Object.keys(SIGNAL_STEPS).join(', ')}.`);
    }
    const capsule = await loadCapsule(ports.store, textField(args, 'id'));
    const moved = await movedToday(ports.store, capsule.id, ports.now());
    const evidence = args['evidence'] === undefined ? null : checkEvidence(objectField(args, 'evidence'));
    const command = { signal: signal as TrustSignal, reason: null, evidence };
    const events = decideSignal({ capsule, movedToday: moved }, command);
    changeSeries(session, capsule, events);
    const [changed] = events;
    return { trust: changed?.type === 'capsule.trust_changed.v1' ? trustOf(changed) : capsule.trust };
  },

  'proposal.draft': async ({ manifest, writes }, args) => {
    const proposal = objectField(args, 'proposal');
    if (sizeOf(proposal) > MAX_STATE_VALUE) {
      throw new HostRefusal('LIMIT', `proposal has more than ${MAX_STATE_VALUE} bytes.`);
    }
    const id = uuidv7();
    const payload = { overlay_id: manifest.id, proposal };
    // One that is nested as deeply as it may be alone is nested too deeply in its entry.
    canonicalize(payload);
    writes.events.push(event('proposal.drafted.v1', 'DRAFT', { type: 'Proposal', id }, payload));
    return { id };
  },
};

/** The values that a run has put, as events: one per name, whatever was put there in between. */
export function valueEvents({ manifest, values }: HostSession): readonly DomainEvent[] {
  return [...values].map(([key, value]) =>
    event(
      'overlay.state_kept.v1',
      'KEEP_STATE',
      { type: 'OverlayState', id: `overlay-state:${manifest.id}` },
      { overlay_id: manifest.id, key, value },
    ),
  );
}

function changeSeries(session: HostSession, capsule: CapsuleRecord, events: readonly DomainEvent[]): void {
  if (events.length === 0) return;
  if (session.written.has(capsule.seriesId)) {
    throw new HostRefusal('CONFLICT', 'This run has changed this series already; it can do so once.');
  }
  session.written.add(capsule.seriesId);
  session.writes.events.push(...events);
  session.writes.expect.push({ stream: capsule.seriesId, revision: capsule.revision });
}

async function assertRoomFor({ ports, manifest, values }: HostSession, key: string, value: JsonValue): Promise<void> {
  if (value === null || values.has(key)) return;
  const { overlays } = ports.store;
  if ((await overlays.value(manifest.id, key)) !== null) return;
  const fresh = [...values.values()].filter((put) => put !== null).length;
  if ((await overlays.valueCount(manifest.id)) + fresh < MAX_STATE_KEYS) return;
  throw new HostRefusal('LIMIT', `An overlay keeps values under at most ${MAX_STATE_KEYS} names.`);
}

function createInput(args: JsonObject): CreateCapsuleInput {
  const known = ['title', 'content', 'type', 'tags', 'metadata', 'derived_from'];
  const unknown = Object.keys(args).find((field) => !known.includes(field));
  if (unknown !== undefined) throw new HostRefusal('INVALID', `capsule.create has no argument ${unknown}.`);
  const { derived_from: derivedFrom, ...fields } = args;
  // What the fields hold is checked by the use case, as for anybody.
  return { ...fields, ...(derivedFrom === undefined ? {} : { derivedFrom }) } as unknown as CreateCapsuleInput;
}

function trustOf({ payload }: DomainEvent): number {
  return (payload as { readonly to: number }).to;
}

function sizeOf(value: JsonValue): number {
  return Buffer.byteLength(canonicalize(value));
}
