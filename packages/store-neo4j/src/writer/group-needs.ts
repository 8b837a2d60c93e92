/** What must be read before the commands of a group can be decided. @module */
import {
  openPayload,
  streamOf,
  type CapsuleWritten,
  type CommitRequest,
  type JsonObject,
} from '@forge-cascade/core/engine';
import type { SealedEvent } from '@forge-cascade/core/engine';

/** A command with its events opened. */
export interface Command {
  readonly request: CommitRequest;
  /** Milliseconds since the epoch by the caller's clock. */
  readonly now: number;
  readonly events: readonly OpenedEvent[];
}

export interface OpenedEvent {
  readonly sealed: SealedEvent;
  readonly stream: string;
  /** The payload with its private values. */
  readonly payload: JsonObject;
}

export function openCommand(request: CommitRequest, now: number): Command {
  const events = request.events.map((sealed): OpenedEvent => {
    const body = JSON.parse(sealed.body) as JsonObject;
    const payload = openPayload(sealed.type, body, sealed.privateValues) as unknown as JsonObject;
    return { sealed, stream: streamOf(sealed.entityId, body), payload };
  });
  return { request, now, events };
}

export function isWriting({ sealed }: OpenedEvent): boolean {
  return sealed.type === 'capsule.created.v1' || sealed.type === 'capsule.versioned.v1';
}

export function movesStanding({ sealed }: OpenedEvent): boolean {
  return (
    sealed.type === 'capsule.trust_changed.v1' ||
    sealed.type === 'capsule.retracted.v1' ||
    sealed.type === 'capsule.reinstated.v1'
  );
}

export interface GroupNeeds {
  readonly leases: readonly string[];
  readonly claims: readonly { readonly space: string; readonly key: string }[];
  readonly streams: readonly string[];
  readonly outbox: readonly string[];
  readonly capsules: readonly string[];
  /** Those whose descendants may have to be settled. */
  readonly roots: readonly string[];
  readonly series: readonly string[];
  readonly keys: readonly { readonly owner: string; readonly key: string }[];
}

export function needsOf(commands: readonly Command[]): GroupNeeds {
  const events = commands.flatMap((command) => command.events);
  const requests = commands.map(({ request }) => request);
  const written = events.filter(isWriting).map(({ payload }) => payload as unknown as CapsuleWritten);
  const roots = events.filter(movesStanding).map(({ sealed }) => sealed.entityId);
  const created = events.filter(isWriting).map(({ sealed }) => sealed.entityId);
  return {
    leases: unique(requests.flatMap(({ fence }) => (fence === null ? [] : [fence.lease]))),
    claims: requests.flatMap(({ claims }) => claims.map(({ space, key }) => ({ space, key }))),
    streams: unique(requests.flatMap(({ expect }) => expect.map(({ stream }) => stream))),
    outbox: unique(
      requests.flatMap(({ outbox, completes }) => [
        ...outbox.map(({ id }) => id),
        ...(completes === null ? [] : [completes]),
      ]),
    ),
    capsules: unique([
      ...created,
      ...roots,
      ...written.flatMap((p) => p.derived_from.map(({ id }) => id)),
      ...written.flatMap((p) => (p.supersedes === null ? [] : [p.supersedes])),
    ]),
    roots: unique(roots),
    series: unique(
      events.flatMap(({ payload }) => (typeof payload['series_id'] === 'string' ? [payload['series_id']] : [])),
    ),
    keys: written.flatMap((p) => (p.supersedes === null && p.key !== null ? [{ owner: p.owner_id, key: p.key }] : [])),
  };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
