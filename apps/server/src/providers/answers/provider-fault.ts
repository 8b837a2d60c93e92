/**
 * What went wrong at a provider, told without its words: those quote requests, and requests carry keys.
 * @module
 */
import type { FailureReason } from '@forge-cascade/core';

export interface FaultFacts {
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  /** Milliseconds after which the provider asks to be tried again. */
  readonly retryAfterMs?: number;
}

/** Never leaves this folder: the guard turns it into the core's failure. */
export class ProviderFault extends Error {
  override readonly name = 'ProviderFault';
  constructor(
    readonly reason: FailureReason,
    readonly facts: FaultFacts = {},
  ) {
    super(`answer provider: ${reason}`);
  }

  /** Whether the same request may do better in a moment. */
  get passing(): boolean {
    const { status } = this.facts;
    if (this.reason === 'rate_limited') return true;
    return this.reason === 'unavailable' && (status === undefined || status >= 500);
  }

  /** Whether it says something of the provider and not of this one question. */
  get lasting(): boolean {
    return this.reason !== 'bad_answer' && this.reason !== 'refused';
  }
}

/** What the SDKs' errors have in common. */
interface SdkError {
  readonly name?: unknown;
  readonly status?: unknown;
  readonly headers?: unknown;
  readonly error?: unknown;
  readonly code?: unknown;
  readonly type?: unknown;
}

/** From whatever an SDK throws. Reads codes and statuses; words only to tell an empty purse from a bad request. */
export function faultOf(thrown: unknown): ProviderFault {
  if (thrown instanceof ProviderFault) return thrown;
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as SdkError;
  const status = typeof error.status === 'number' ? error.status : undefined;
  const kinds = kindsOf(error);
  const retryAfterMs = retryAfterOf(error.headers);
  const facts = {
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  if (status === 402 || kinds.some((kind) => /quota|billing|credit|payment/iu.test(kind))) {
    return new ProviderFault('quota', facts);
  }
  if (status === 401 || status === 403) return new ProviderFault('unauthorized', facts);
  if (status === 408 || status === 504) return new ProviderFault('timeout', facts);
  if (status === 429) return new ProviderFault('rate_limited', facts);
  if (status !== undefined && status >= 400) {
    const broke = status === 400 && /credit balance|billing|quota/iu.test(wordsOf(error));
    return new ProviderFault(broke ? 'quota' : 'unavailable', facts);
  }
  // An error event in the middle of a stream has a kind and no status.
  if (kinds.some((kind) => /rate_limit/u.test(kind))) return new ProviderFault('rate_limited');
  if (kinds.some((kind) => /authentication|permission|invalid_api_key/u.test(kind))) {
    return new ProviderFault('unauthorized');
  }
  if (kinds.some((kind) => /overloaded|api_error|server_error|internal/u.test(kind))) {
    return new ProviderFault('unavailable');
  }
  const name = thrown instanceof Error ? `${thrown.constructor.name} ${thrown.name}` : '';
  if (/Timeout/u.test(name)) return new ProviderFault('timeout');
  // Not JSON, or JSON of another shape.
  if (thrown instanceof SyntaxError || (thrown instanceof TypeError && !isNetworkError(thrown))) {
    return new ProviderFault('bad_answer');
  }
  return new ProviderFault('unavailable');
}

/** `fetch` fails with a TypeError that has a cause; a stream cut off says `terminated`. */
function isNetworkError(error: TypeError): boolean {
  return error.cause !== undefined || error.message === 'terminated' || error.message === 'fetch failed';
}

function kindsOf({ code, type, error }: SdkError): readonly string[] {
  const body = objectOf(error);
  const inner = objectOf(body['error']);
  return [code, type, body['code'], body['type'], inner['code'], inner['type']].filter(
    (kind): kind is string => typeof kind === 'string',
  );
}

function wordsOf({ error }: SdkError): string {
  const body = objectOf(error);
  const inner = objectOf(body['error']);
  return [body['message'], inner['message']].filter((words) => typeof words === 'string').join(' ');
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function retryAfterOf(headers: unknown): number | undefined {
  if (!(headers instanceof Headers)) return undefined;
  const ms = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}

/** True for a 400 that names one of these parameters as the trouble: models differ in what they take. */
export function objectsTo(thrown: unknown, parameter: string): boolean {
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as SdkError & { param?: unknown };
  if (error.status !== 400) return false;
  return error.param === parameter || new RegExp(`\\b${parameter}\\b`, 'u').test(wordsOf(error));
}
