/**
 * How a capsule is answered: its body with the headers that let a client address and change it.
 * @module
 */
import type { CapsuleBody, Immutable, ResponseHeader } from '@forge-cascade/api';
import type { CapsuleRecord, WriteOutcome } from '@forge-cascade/core';
import { capsuleBody } from '../wire/capsule-body.js';

type Headers = Readonly<Partial<Record<ResponseHeader, string>>>;

interface CapsuleAnswer<S extends number> {
  readonly status: S;
  readonly body: Immutable<CapsuleBody>;
  readonly headers: Headers;
}

/** A capsule that was addressed by `ref`; by its series id the answer says which version it is. */
export function answered(capsule: CapsuleRecord, ref: string | null): CapsuleAnswer<200> {
  const headers = { ETag: etagOf(capsule), ...(ref === capsule.id ? {} : { 'Content-Location': pathOf(capsule) }) };
  return { status: 200, body: capsuleBody(capsule), headers };
}

/** A version that was made by this request. */
export function created(capsule: CapsuleRecord): CapsuleAnswer<201> {
  return { status: 201, body: capsuleBody(capsule), headers: { ETag: etagOf(capsule), Location: pathOf(capsule) } };
}

export function writeAnswer({ capsule, result }: WriteOutcome): CapsuleAnswer<200> | CapsuleAnswer<201> {
  return result === 'unchanged' ? answered(capsule, null) : created(capsule);
}

export function etagOf(capsule: { readonly headId: string }): string {
  return `"${capsule.headId}"`;
}

function pathOf(capsule: CapsuleRecord): string {
  return `/v2/capsules/${capsule.id}`;
}
