/**
 * A refusal by the HTTP layer itself, before any use case was reached. Use cases refuse with the core's DomainError.
 * @module
 */
import type { FieldError, WireErrorCode } from '@forge-cascade/api';

export interface RefusalDetails {
  readonly errors?: readonly FieldError[];
  readonly [extension: string]: unknown;
}

export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly code: WireErrorCode,
    message: string,
    readonly details: RefusalDetails = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && error.name === 'Refusal' && 'code' in error;
}
