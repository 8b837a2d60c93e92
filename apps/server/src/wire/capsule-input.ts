/**
 * Capsule requests from the wire to the core.
 * @module
 */
import type { BodyOf, Operations } from '@forge-cascade/api';
import type {
  CapsuleFilter,
  CreateCapsuleInput,
  DerivationInput,
  ForkCapsuleInput,
  JsonObject,
  UpdateCapsuleInput,
} from '@forge-cascade/core';
import { fullMoment, utc } from './moment.js';
import { present } from './present.js';

type CreateBody = BodyOf<Operations['createCapsule']>;
type UpdateBody = BodyOf<Operations['updateCapsule']>;
type ForkBody = BodyOf<Operations['forkCapsule']>;

export function createInput(body: CreateBody): CreateCapsuleInput {
  return present({ ...written(body), content: body.content, type: body.type, key: body.key, ifExists: body.if_exists });
}

export function updateInput(body: UpdateBody): UpdateCapsuleInput {
  return present({
    ...written(body),
    content: body.content,
    type: body.type,
    bump: body.bump,
    reason: body.reason,
    relation: body.relation,
  });
}

export function forkInput(body: ForkBody): ForkCapsuleInput {
  return present({ ...written(body), content: body.content, type: body.type, key: body.key, reason: body.reason });
}

type Written = Pick<
  CreateBody,
  'title' | 'tags' | 'metadata' | 'collection' | 'position' | 'derived_from' | 'valid_from' | 'valid_to'
>;

function written(body: Written) {
  return {
    title: body.title,
    tags: body.tags,
    metadata: body.metadata as JsonObject | undefined,
    collection: body.collection,
    position: body.position,
    derivedFrom: body.derived_from?.map((parent): DerivationInput => present(parent)),
    validFrom: fullMoment(body.valid_from),
    validTo: fullMoment(body.valid_to),
  };
}

interface FilterFields {
  readonly min_trust?: number | undefined;
  readonly type?: CreateBody['type'] | readonly CreateBody['type'][] | undefined;
  readonly tag?: string | readonly string[] | undefined;
  readonly owner?: string | undefined;
  readonly collection?: string | undefined;
  readonly as_of?: string | undefined;
  readonly valid_at?: string | undefined;
  readonly created_from?: string | undefined;
  readonly created_to?: string | undefined;
  readonly include_retracted?: boolean | undefined;
  readonly include_archived?: boolean | undefined;
}

export function capsuleFilter(fields: FilterFields): CapsuleFilter {
  return present({
    minTrust: fields.min_trust,
    types: many(fields.type),
    tags: many(fields.tag),
    ownerId: fields.owner,
    collection: fields.collection,
    asOf: utc(fields.as_of, 'as_of'),
    validAt: utc(fields.valid_at, 'valid_at'),
    createdFrom: utc(fields.created_from, 'created_from'),
    createdTo: utc(fields.created_to, 'created_to'),
    includeRetracted: fields.include_retracted,
    includeArchived: fields.include_archived,
  });
}

function many<T>(value: T | readonly T[] | undefined): readonly T[] | undefined {
  return value === undefined || Array.isArray(value) ? (value as readonly T[] | undefined) : [value as T];
}
