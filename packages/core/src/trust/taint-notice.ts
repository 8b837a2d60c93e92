/** The promise to tell owners that taint reached what they own, or left it. @module */
import type { CapsuleRecord } from '../capsule/capsule.js';
import type { FollowUp } from '../commit/index.js';
import type { DomainEvent } from '../ledger/events.js';
import type { JsonObject } from '../ledger/json.js';

export const TAINT_TOPIC = 'taint.notify';

export type TaintNoticeKind = 'tainted' | 'taint_lifted';

/** Payload of a `taint.notify` message. */
export interface TaintNotice extends JsonObject {
  readonly capsule_id: string;
  readonly kind: TaintNoticeKind;
}

/** What the owners downstream must hear of once these events are committed. */
export function taintNotices(capsule: CapsuleRecord, events: readonly DomainEvent[]): readonly FollowUp[] {
  return events.flatMap((decided) => {
    const kind = noticeKind(decided);
    if (kind === null) return [];
    const payload: TaintNotice = { capsule_id: capsule.id, kind };
    return [{ topic: TAINT_TOPIC, payload }];
  });
}

function noticeKind({ operation }: DomainEvent): TaintNoticeKind | null {
  switch (operation) {
    case 'QUARANTINE':
    case 'RETRACT':
      return 'tainted';
    case 'RELEASE':
    case 'REINSTATE':
      return 'taint_lifted';
    default:
      return null;
  }
}
