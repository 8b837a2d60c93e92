import {
  DomainError,
  quarantineCapsule,
  retractCapsule,
  setTrust,
  signalTrust,
  trustHistory,
  type JsonObject,
} from '@forge-cascade/core';
import type { Handlers } from '../http/handlers.js';
import type { ServerParts } from '../http/server-parts.js';
import { standingBody } from '../wire/capsule-body.js';
import { present } from '../wire/present.js';
import { answered } from './capsule-answers.js';

type TrustOperation = 'getTrust' | 'changeTrust' | 'quarantineCapsule' | 'retractCapsule';

export function trustHandlers({ store }: ServerParts): Pick<Handlers, TrustOperation> {
  return {
    async getTrust({ params, query }) {
      const capsule = await store.capsule(params.id);
      if (!capsule) throw new DomainError('CAPSULE_NOT_FOUND', 'There is no capsule with this id.');
      const page = await trustHistory(store, capsule.id, present(query));
      const history = page.items.map(({ at, ...change }) => ({ ...change, timestamp: at }));
      return {
        status: 200,
        body: { capsule_id: capsule.id, ...standingBody(capsule), history, next_cursor: page.nextCursor },
      };
    },

    async changeTrust({ params, body, context }) {
      const evidence = body.evidence as JsonObject | null | undefined;
      const { capsule } =
        'level' in body
          ? await setTrust(store, context, params.id, present({ ...body, evidence }))
          : await signalTrust(store, context, params.id, present({ ...body, evidence }));
      return answered(capsule, params.id);
    },

    async quarantineCapsule({ params, body, context }) {
      const { capsule } = await quarantineCapsule(store, context, params.id, present(body));
      return answered(capsule, params.id);
    },

    async retractCapsule({ params, body, context }) {
      const { capsule } = await retractCapsule(store, context, params.id, present(body));
      return answered(capsule, params.id);
    },
  };
}
