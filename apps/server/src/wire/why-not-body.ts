/** Why a search does not show a capsule, from the core to the wire. @module */
import type { Immutable, SearchAnswerBody, WHY_NOT_CONDITIONS } from '@forge-cascade/api';
import type { FailedCondition, WhyNot } from '@forge-cascade/core';

type WireCondition = (typeof WHY_NOT_CONDITIONS)[number];

/** The conditions by the names of the request's fields. */
const CONDITIONS: Readonly<Record<FailedCondition['condition'], WireCondition>> = {
  newerVersion: 'newer_version',
  archived: 'archived',
  retracted: 'retracted',
  asOf: 'as_of',
  minTrust: 'min_trust',
  types: 'type',
  tags: 'tag',
  ownerId: 'owner',
  collection: 'collection',
  validAt: 'valid_at',
  createdFrom: 'created_from',
  createdTo: 'created_to',
};

export function whyNotBody({
  id,
  verdict,
  failed,
  place,
  words,
}: WhyNot): Immutable<NonNullable<SearchAnswerBody['why_not']>> {
  return {
    capsule_id: id,
    verdict,
    failed: failed.map(({ condition, text }) => ({ condition: CONDITIONS[condition], text })),
    place,
    words,
  };
}
