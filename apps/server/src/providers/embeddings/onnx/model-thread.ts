/**
 * The main thread's end of a model's thread.
 * @module
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { embeddingFailure, type EmbeddingPurpose } from '@forge-cascade/core';
import type { LoadModelOptions } from './loaded-model.js';
import type { FromWorker, ToWorker, WorkerFailure } from './worker-messages.js';

/** Longest wait for a run to end before its thread is stopped. */
const CLOSE_MS = 10_000;

interface Waiting {
  readonly resolve: (vectors: readonly Float32Array[]) => void;
  readonly reject: (error: Error) => void;
}

export class ModelThread {
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #ended: Error | null = null;

  private constructor(
    private readonly worker: Worker,
    private readonly model: string,
    /** Of the vectors that the model gave to a sample text. */
    readonly dimensions: number,
  ) {
    worker.on('message', (message: FromWorker) => this.#receive(message));
    worker.on('error', (error) => this.#end(error));
    worker.on('exit', () => this.#end());
    // What waits for a vector keeps the process alive; a model that waits for texts does not.
    worker.unref();
  }

  /**
   * Loads the model and runs it once.
   *
   * @throws DomainError UNAVAILABLE: `unavailable` without the runtime, `model_corrupt` when it does not run
   */
  static async open(options: LoadModelOptions): Promise<ModelThread> {
    const name = `onnx:${options.recipe.name}`;
    const worker = new Worker(new URL('./onnx-worker.js', import.meta.url), { workerData: options });
    const message = await firstMessage(worker, name);
    if (message.type === 'opened') return new ModelThread(worker, name, message.dimensions);
    throw message.type === 'closed' ? errorOf(name, message.failure) : stopped(name);
  }

  /** False once the thread has ended, by itself or because it was closed. */
  get alive(): boolean {
    return this.#ended === null;
  }

  async embed(
    texts: readonly string[],
    purpose: EmbeddingPurpose,
    signal: AbortSignal | undefined,
  ): Promise<readonly Float32Array[]> {
    signal?.throwIfAborted();
    if (this.#ended !== null) throw this.#ended;
    const id = this.#nextId++;
    const cancel = (): void => {
      this.#say({ type: 'cancel', id });
      this.#waiting.get(id)?.reject(signal?.reason instanceof Error ? signal.reason : new Error('Cancelled.'));
    };
    this.worker.ref();
    try {
      return await new Promise<readonly Float32Array[]>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        signal?.addEventListener('abort', cancel, { once: true });
        this.#say({ type: 'embed', id, texts, purpose });
      });
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.worker.unref();
    }
  }

  /** Ends the thread after the run that is under way; what waits is refused. */
  async close(): Promise<void> {
    if (this.#ended !== null) return;
    this.worker.ref();
    const exit = once(this.worker, 'exit');
    this.#say({ type: 'close' });
    const late = setTimeout(() => void this.worker.terminate(), CLOSE_MS);
    await exit;
    clearTimeout(late);
  }

  #say(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    if (message.type === 'embedded') this.#waiting.get(message.id)?.resolve(message.vectors);
    if (message.type === 'failed') this.#waiting.get(message.id)?.reject(errorOf(this.model, message.failure));
  }

  #end(error?: unknown): void {
    this.#ended ??= stopped(this.model, error);
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
  }
}

/** What the thread says first; a thread that dies before it speaks is an error. */
async function firstMessage(worker: Worker, name: string): Promise<FromWorker> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', (error) => reject(stopped(name, error)));
    worker.once('exit', () => reject(stopped(name)));
  });
}

function errorOf(name: string, { reason, message }: WorkerFailure): Error {
  return embeddingFailure(name, reason, { message });
}

function stopped(name: string, error?: unknown): Error {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  const why = typeof code === 'string' ? ` (${code})` : '';
  return embeddingFailure(name, 'unavailable', {
    message: `The thread of the embedding model ${name} has ended${why}.`,
  });
}
