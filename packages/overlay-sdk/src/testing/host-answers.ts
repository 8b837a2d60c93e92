/**
 * What a test answers an overlay's host calls with.
 * @module
 */

export type HostFunction = 'get_config' | 'db_read' | 'db_write' | 'event_publish' | 'event_subscribe' | 'http_request';

export type HostReply =
  { readonly ok: unknown } | { readonly error: { readonly code: string; readonly message: string } };

/** What the guest was doing when it called. */
export type During = 'initialize' | 'call';

/** Answers one host call; the request is what the guest wrote, read as JSON. */
export type HostAnswer = (name: HostFunction, request: unknown, during: During) => HostReply;

/** Answers to operations of `db_read` and `db_write` by name; each gets `args` and returns what `ok` is to be. */
export type Operations = Readonly<Record<string, (args: Readonly<Record<string, unknown>>) => unknown>>;

export interface PublishedEvent {
  readonly type: string;
  readonly payload: unknown;
}

export interface MemoryHostOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly operations?: Operations;
  readonly http?: (request: Readonly<Record<string, unknown>>) => unknown;
}

/** A host that remembers: state that is put is there, events and subscriptions are kept to be looked at. */
export class MemoryHost {
  readonly state = new Map<string, unknown>();
  readonly events: PublishedEvent[] = [];
  readonly subscriptions: { readonly type: string; readonly handler: string }[] = [];
  readonly drafts: unknown[] = [];
  readonly #options: MemoryHostOptions;

  constructor(options: MemoryHostOptions = {}) {
    this.#options = options;
  }

  readonly answer: HostAnswer = (name, request) => {
    const given = request as Readonly<Record<string, unknown>>;
    if (name === 'get_config') return { ok: this.#options.config?.[String(given['key'])] ?? null };
    if (name === 'event_publish') {
      this.events.push({ type: String(given['type']), payload: given['payload'] });
      return { ok: null };
    }
    if (name === 'event_subscribe') {
      this.subscriptions.push({ type: String(given['type']), handler: String(given['handler']) });
      return { ok: null };
    }
    if (name === 'http_request') {
      if (this.#options.http === undefined) return refusal('DENIED', 'the test answers no requests');
      return { ok: this.#options.http(given) };
    }
    return this.#operate(String(given['op']), (given['args'] ?? {}) as Readonly<Record<string, unknown>>);
  };

  #operate(operation: string, args: Readonly<Record<string, unknown>>): HostReply {
    const scripted = this.#options.operations?.[operation];
    if (scripted !== undefined) return { ok: scripted(args) ?? null };
    const key = String(args['key']);
    if (operation === 'state.get') return { ok: this.state.get(key) ?? null };
    if (operation === 'state.put') {
      this.state.set(key, args['value']);
      return { ok: null };
    }
    if (operation === 'proposal.draft') {
      this.drafts.push(args['proposal']);
      return { ok: { id: `draft-${this.drafts.length}` } };
    }
    return refusal('NOT_FOUND', `the test answers no ${operation}`);
  }
}

export function refusal(code: string, message: string): HostReply {
  return { error: { code, message } };
}
