/**
 * A failure in one or two lines: what, where, what to do. Never a stack.
 * @module
 */
import { ApiError, type WireErrorCode } from '@forge-cascade/api';
import { isDomainError } from '@forge-cascade/core';
import { inOneLine } from './paint.js';
import { CommandFailure, UsageError } from '../usage-error.js';

export interface Explained {
  readonly exitCode: 1 | 2;
  readonly message: string;
  readonly hint: string | null;
  /** What failed, in the words of the API. */
  readonly code: WireErrorCode;
  /** The server's own words, for `--json`. */
  readonly problem: unknown;
}

/** What people can do about a refusal, beyond what its detail says. */
const HINTS: Readonly<Record<string, string>> = {
  UNAUTHENTICATED: 'Set FORGE_TOKEN to the token in the data folder of the server.',
  VERSION_CONFLICT: 'Look at the new head with `forge capsule get`, then try again.',
  MAINTENANCE: 'Only reading is possible until maintenance ends.',
  STORE_SEALED: 'Set FORGE_STORE (or FORGE_URL) to where it is now.',
  CONTENTION: 'Try again in a moment.',
  STORE_FULL: 'Make room on the disk that holds the data folder; nothing was half written.',
  STORE_LOCKED: 'Another process holds the data folder.',
  STORE_CORRUPT: 'Run `forge verify` to see what is damaged.',
};

/** What people can do about a store that this process could not open. */
const STORE_HINTS: Readonly<Record<string, string>> = {
  ...HINTS,
  UNAUTHENTICATED: 'See FORGE_STORE_USER and FORGE_STORE_PASSWORD.',
  UNAVAILABLE: 'See FORGE_STORE.',
  // These say themselves what to do.
  STORE_LOCKED: '',
  STORE_CORRUPT: '',
};

export function explainError(error: unknown): Explained {
  if (error instanceof UsageError)
    return { exitCode: 2, message: error.message, hint: null, problem: null, code: 'INVALID_INPUT' };
  if (error instanceof CommandFailure)
    return { exitCode: 1, message: error.message, hint: error.hint, problem: null, code: error.code };
  if (error instanceof ApiError) return apiFailure(error);
  if (isDomainError(error)) {
    // Failures with a reason are those of a provider, such as a model: they say themselves what to do.
    const hints = 'reason' in error.details ? HINTS : STORE_HINTS;
    return { exitCode: 1, message: error.message, hint: hints[error.code] || null, problem: null, code: error.code };
  }
  const broken = connectionFailure(error);
  if (broken !== null) return { exitCode: 1, ...broken, problem: null, code: 'UNAVAILABLE' };
  const system = systemFailure(error);
  if (system !== null) return { exitCode: 1, hint: null, problem: null, ...system };
  const message = error instanceof Error ? error.message : String(error);
  return { exitCode: 1, message: `Something failed inside: ${message}`, hint: null, problem: null, code: 'INTERNAL' };
}

function apiFailure(error: ApiError): Explained {
  const fields = (error.problem?.errors ?? []).map(({ field }) => field).filter((field) => field !== '');
  const where =
    fields.length > 0 && !fields.some((field) => error.message.includes(field)) ? ` (${fields.join(', ')})` : '';
  const head = error.problem?.['head'];
  const headId = typeof head === 'object' && head !== null && 'id' in head ? ` The head is ${String(head.id)}.` : '';
  return {
    exitCode: 1,
    // What an overlay says may be part of it: that is to stay one line.
    message: inOneLine(`${error.message}${where}${headId}`),
    hint: cascadeHint(error) ?? HINTS[error.code] ?? null,
    problem: error.problem,
    code: error.code === 'UNREADABLE_ANSWER' ? 'UNAVAILABLE' : error.code,
  };
}

/** What overlays refused left a cascade: its id is the way to what they said. */
function cascadeHint({ code, problem }: ApiError): string | null {
  const id = problem?.['correlation_id'];
  return code === 'POLICY_DENIED' && typeof id === 'string' ? `See forge cascade ${id}` : null;
}

/** Of a connection that was made: whether the server did what was asked nobody here knows. */
const CUT_OFF = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

function connectionFailure(error: unknown): Pick<Explained, 'message' | 'hint'> | null {
  if (!(error instanceof TypeError) || error.message !== 'fetch failed') return null;
  const cause = error.cause as { code?: unknown; address?: unknown; port?: unknown } | undefined;
  const code = cause?.code === undefined ? '' : ` (${String(cause.code)})`;
  if (CUT_OFF.has(String(cause?.code))) {
    return {
      message: `The server ended the connection before it had answered${code}: what was asked may have been done or not.`,
      hint: 'Look before you ask again. What has a key, and an import, can be asked again without doing anything twice.',
    };
  }
  const where = cause?.address === undefined ? '' : ` at ${String(cause.address)}:${String(cause.port)}`;
  return {
    message: `The server${where} cannot be reached${code}.`,
    hint: 'Is the server running? See FORGE_URL, --url and --data.',
  };
}

const SYSTEM: Readonly<Record<string, readonly [words: string, code: WireErrorCode]>> = {
  ENOENT: ['does not exist', 'NOT_FOUND'],
  EACCES: ['may not be read or written (permission denied)', 'STORE_READ_ONLY'],
  EPERM: ['may not be read or written (permission denied)', 'STORE_READ_ONLY'],
  EISDIR: ['is a folder', 'INVALID_INPUT'],
  ENOTDIR: ['is not a folder', 'INVALID_INPUT'],
  EROFS: ['is read-only', 'STORE_READ_ONLY'],
  ENOSPC: ['has no space left', 'STORE_FULL'],
  EADDRINUSE: ['is in use already', 'UNAVAILABLE'],
};

/** An address to listen on that this machine does not have. */
const NO_ADDRESS: readonly unknown[] = ['ENOTFOUND', 'EADDRNOTAVAIL', 'EAI_AGAIN'];

function systemFailure(error: unknown): Pick<Explained, 'message' | 'code'> | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  if (NO_ADDRESS.includes(error.code)) {
    const message = `This machine has no such address to listen on: see --host and FORGE_HOST (${String(error.code)}).`;
    return { message, code: 'INVALID_INPUT' };
  }
  const meaning = SYSTEM[String(error.code)];
  if (meaning === undefined) return null;
  const [words, code] = meaning;
  if (error.code === 'EADDRINUSE' && 'port' in error) return { message: `Port ${String(error.port)} ${words}.`, code };
  return { message: `${'path' in error ? String(error.path) : 'The file'} ${words}.`, code };
}
