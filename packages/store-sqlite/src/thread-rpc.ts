/**
 * Requests and answers between the main thread and the engine's workers. Calls made in one turn travel in one message,
 * and so do the answers of one batch: a message costs more than most of what it carries.
 * @module
 */
import type { MessagePort, Worker } from 'node:worker_threads';
import { DomainError, isDomainError, type ErrorCode } from '@forge-cascade/core/engine';

interface Call {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

interface Failure {
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly stack: string | undefined;
}

type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly failure: Failure };

/** What a worker was asked to do; it answers by `resolve` or `reject`, in any order. */
export interface IncomingCall {
  readonly method: string;
  readonly argument: unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The main thread's end. */
export class WorkerClient {
  readonly #pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  #outgoing: Call[] = [];
  #nextId = 1;
  #ended: DomainError | null = null;

  constructor(
    private readonly worker: Worker,
    name: string,
  ) {
    worker.on('message', (answers: readonly Answer[]) => this.#settle(answers));
    worker.on('error', (error) =>
      this.#end(new DomainError('UNAVAILABLE', `The ${name} of the store stopped unexpectedly.`, {}, { cause: error })),
    );
    worker.on('exit', () => this.#end(new DomainError('STORE_CLOSED', 'The store is closed.')));
  }

  /** Whether every call was answered. */
  get idle(): boolean {
    return this.#pending.size === 0;
  }

  call<T>(method: string, argument: unknown): Promise<T> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    return new Promise<T>((resolve, reject) => {
      const id = this.#nextId++;
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
      if (this.#outgoing.push({ id, method, argument }) === 1) queueMicrotask(() => this.#flush());
    });
  }

  /** Ends the thread at once. Callers must have been answered before. */
  async terminate(): Promise<void> {
    await this.worker.terminate();
  }

  #flush(): void {
    const calls = this.#outgoing;
    this.#outgoing = [];
    if (this.#ended === null) this.worker.postMessage(calls);
  }

  #settle(answers: readonly Answer[]): void {
    for (const answer of answers) {
      const waiting = this.#pending.get(answer.id);
      if (waiting === undefined) continue;
      this.#pending.delete(answer.id);
      if ('failure' in answer) waiting.reject(rebuild(answer.failure));
      else waiting.resolve(answer.value);
    }
  }

  #end(reason: DomainError): void {
    this.#ended ??= reason;
    for (const waiting of this.#pending.values()) waiting.reject(this.#ended);
    this.#pending.clear();
  }
}

/** The worker's end: `handle` gets every call; answers of one turn leave together. */
export function serveCalls(port: MessagePort, handle: (calls: readonly IncomingCall[]) => void): void {
  let answers: Answer[] = [];
  const answer = (one: Answer): void => {
    if (answers.push(one) > 1) return;
    queueMicrotask(() => {
      const batch = answers;
      answers = [];
      port.postMessage(batch);
    });
  };
  port.on('message', (calls: readonly Call[]) => {
    handle(
      calls.map(({ id, method, argument }) => ({
        method,
        argument,
        resolve: (value) => answer({ id, value }),
        reject: (error) => answer({ id, failure: describe(error) }),
      })),
    );
  });
}

/** Serves a table of methods, one call after the other. */
export function serveMethods(port: MessagePort, methods: Readonly<Record<string, (argument: never) => unknown>>): void {
  serveCalls(port, (calls) => {
    for (const call of calls) {
      const method = methods[call.method];
      try {
        if (method === undefined) throw new Error(`unknown method ${call.method}`);
        call.resolve(method(call.argument as never));
      } catch (error) {
        call.reject(error);
      }
    }
  });
}

function describe(error: unknown): Failure {
  if (isDomainError(error))
    return { code: error.code, message: error.message, details: error.details, stack: error.stack };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: null, message, details: {}, stack };
}

function rebuild(failure: Failure): Error {
  const error =
    failure.code === null
      ? new Error(failure.message)
      : new DomainError(failure.code, failure.message, failure.details);
  if (failure.stack !== undefined) error.stack = failure.stack;
  return error;
}
