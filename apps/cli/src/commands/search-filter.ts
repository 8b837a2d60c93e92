/** The filters that `forge search` and `forge similar` share. @module */
import { present } from './capsule-write.js';

export interface FilterFlags {
  readonly minTrust?: number;
  readonly type?: readonly string[];
  readonly tag?: readonly string[];
  readonly owner?: string;
  readonly collection?: string;
  readonly asOf?: string;
  readonly validAt?: string;
}

/** As the API's fields. */
export function filterFields(flags: FilterFlags): Record<string, unknown> {
  return present({
    min_trust: flags.minTrust,
    type: flags.type,
    tag: flags.tag,
    owner: flags.owner,
    collection: flags.collection,
    as_of: flags.asOf,
    valid_at: flags.validAt,
  });
}
