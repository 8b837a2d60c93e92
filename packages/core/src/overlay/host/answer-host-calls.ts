/**
 * Answers a guest's host calls. Every call is checked against the manifest's grants, although a module without a grant has
 * no import to call by; what goes beyond them is told to the guest and put on record. Each answer is recorded, so that the
 * run can be made again.
 * @module
 */
import { createHash } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { canonicalize } from '../../ledger/canonical-json.js';
import type { JsonObject, JsonValue } from '../../ledger/json.js';
import { CAPABILITY_OF_CALL, type Capability, type HostFunction } from '../capability.js';
import { isEventType, MAX_EVENT_TYPE } from '../manifest.js';
import { fetchForOverlay } from '../network/fetch-for-overlay.js';
import { payloadObject } from '../publication.js';
import type { HostAnswers } from '../runner.js';
import { storableText } from '../storable-text.js';
import { errorReply, HostRefusal, objectField, okReply, refusalOf, requestObject, textField } from './host-reply.js';
import type { HostOperation, HostSession } from './host-session.js';
import { READ_OPERATIONS } from './read-operations.js';
import { CAPABILITY_OF_WRITE, WRITE_OPERATIONS } from './write-operations.js';

/** Events that one call may publish. */
export const MAX_PUBLISHED = 32;
/** Violations of one run that are put on record; a flood of them says no more. */
const MAX_VIOLATIONS = 8;
const MAX_MESSAGE = 1024 * 1024;
/** Bytes of all that one run asks to be written or published: it is one commit, which others wait for. */
export const MAX_WRITTEN = 8 * 1024 * 1024;
/** Bytes of all requests of one run: they are kept until its receipt is made. */
export const MAX_ASKED = 32 * 1024 * 1024;
/** Characters of what a request was about. */
const MAX_OPERATION = 200;

const WRITING: readonly HostFunction[] = ['db_write', 'event_publish'];

/** One host call and its answer. */
export interface RecordedCall {
  readonly name: HostFunction;
  readonly during: 'initialize' | 'call';
  /** Of one that went beyond the bounds of its run only the hash. */
  readonly request: string;
  readonly reply: string;
}

export interface Violation {
  readonly call: HostFunction;
  readonly operation: string;
  readonly violation: string;
}

export interface AnsweredCalls {
  readonly calls: readonly RecordedCall[];
  readonly violations: readonly Violation[];
}

export function hostAnswers(session: HostSession): { readonly answers: HostAnswers; readonly answered: AnsweredCalls } {
  const calls: RecordedCall[] = [];
  const violations: Violation[] = [];
  const spent = { asked: 0, written: 0 };
  const answers: HostAnswers = async (name, request, during) => {
    const tooMuch = excess(spent, name, request);
    if (tooMuch !== null) {
      const reply = errorReply(tooMuch);
      calls.push({ name, during, request: mentioned(request), reply });
      return reply;
    }
    const reply = await replyTo(session, name, request, during).catch((error: unknown) => {
      const refusal = refusalOf(error);
      if (refusal.violation && violations.length < MAX_VIOLATIONS) {
        violations.push({ call: name, operation: operationIn(request), violation: refusal.message });
      }
      return errorReply(refusal);
    });
    calls.push({ name, during, request, reply });
    return reply;
  };
  return { answers, answered: { calls, violations } };
}

/** A request that was not read, for the record: so much is on it already that no recording will keep it. */
function mentioned(request: string): string {
  return `sha256:${createHash('sha256').update(request).digest('hex')}`;
}

/** Counts a request, and refuses what goes beyond the bounds of one run. */
function excess(spent: { asked: number; written: number }, name: HostFunction, request: string): HostRefusal | null {
  const bytes = Buffer.byteLength(request);
  if (spent.asked + bytes > MAX_ASKED) {
    return new HostRefusal('LIMIT', `The requests of a call have at most ${MAX_ASKED} bytes together.`);
  }
  if (WRITING.includes(name)) {
    if (spent.written + bytes > MAX_WRITTEN) {
      return new HostRefusal('LIMIT', `A call writes and publishes at most ${MAX_WRITTEN} bytes together.`);
    }
    spent.written += bytes;
  }
  spent.asked += bytes;
  return null;
}

async function replyTo(
  session: HostSession,
  name: HostFunction,
  text: string,
  during: 'initialize' | 'call',
): Promise<string> {
  assertGranted(session, CAPABILITY_OF_CALL[name]);
  const reply = okReply(await CALLS[name](session, requestObject(text), during));
  if (Buffer.byteLength(reply) <= MAX_MESSAGE) return reply;
  throw new HostRefusal('LIMIT', 'The reply has more than 1 MiB. Ask for less.');
}

type Call = (session: HostSession, request: JsonObject, during: 'initialize' | 'call') => Promise<JsonValue>;

const CALLS: Readonly<Record<HostFunction, Call>> = {
  get_config: async ({ manifest }, request) => {
    const key = textField(request, 'key');
    return Object.hasOwn(manifest.config, key) ? (manifest.config[key] ?? null) : null;
  },

  db_read: async (session, request) => operation(READ_OPERATIONS, request)(session, objectField(request, 'args')),

  db_write: async (session, request) => {
    const write = operation(WRITE_OPERATIONS, request);
    assertGranted(session, CAPABILITY_OF_WRITE[String(request['op'])] ?? null);
    return write(session, objectField(request, 'args'));
  },

  event_publish: async (session, request) => {
    const type = textField(request, 'type');
    if (!isEventType(type)) {
      throw new HostRefusal(
        'INVALID',
        `type must be lower-case words joined by "_" or ".", at most ${MAX_EVENT_TYPE} characters.`,
      );
    }
    if (session.published === MAX_PUBLISHED) {
      throw new HostRefusal('LIMIT', `A call publishes at most ${MAX_PUBLISHED} events.`);
    }
    const payload = payloadObject(request['payload'] ?? {});
    // What cannot be stored would be found out when it is delivered, far from whoever said it.
    canonicalize(payload);
    session.published++;
    session.writes.publications.push({
      id: uuidv7(),
      type,
      payload,
      source: session.manifest.id,
      publishedBy: session.receiptId,
      correlationId: session.correlationId,
      ...session.place,
    });
    return null;
  },

  event_subscribe: async ({ manifest }, request, during) => {
    const type = textField(request, 'type');
    const handler = textField(request, 'handler');
    if (during !== 'initialize') throw new HostRefusal('INVALID', 'event_subscribe can be called in initialize only.');
    if (manifest.subscriptions.some((known) => known.type === type && known.handler === handler)) return null;
    throw new HostRefusal('DENIED', `The manifest has no subscription of ${handler} to ${type}.`, true);
  },

  http_request: async ({ ports, manifest, signal }, request) => {
    if (ports.network === null) throw new HostRefusal('UNAVAILABLE', 'This server gives overlays no network.');
    const given = {
      method: textField(request, 'method'),
      url: textField(request, 'url'),
      headers: textHeaders(objectField(request, 'headers')),
      body: request['body'] === undefined || request['body'] === null ? null : textField(request, 'body'),
    };
    const { status, headers, body } = await fetchForOverlay(ports.network, manifest.allowedHosts, given, signal);
    return { status, headers: { ...headers }, body };
  },
};

function operation(known: Readonly<Record<string, HostOperation>>, request: JsonObject): HostOperation {
  const name = textField(request, 'op');
  const found = Object.hasOwn(known, name) ? known[name] : undefined;
  if (found !== undefined) return found;
  throw new HostRefusal('INVALID', `op must be one of ${Object.keys(known).join(', ')}.`);
}

function assertGranted({ manifest }: HostSession, capability: Capability | null): void {
  if (capability === null || manifest.capabilities.includes(capability)) return;
  throw new HostRefusal('DENIED', `The manifest does not ask for ${capability}.`, true);
}

function textHeaders(headers: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (typeof value !== 'string') throw new HostRefusal('INVALID', `The header ${name} must be text.`);
      return [name, value];
    }),
  );
}

/** What a request was about, for the record: its operation, its type or its place, never what it holds. */
function operationIn(text: string): string {
  try {
    const request = requestObject(text);
    const named = request['op'] ?? request['type'] ?? request['url'] ?? request['key'];
    return typeof named === 'string' ? storableText(named, MAX_OPERATION) : '';
  } catch {
    return '';
  }
}
