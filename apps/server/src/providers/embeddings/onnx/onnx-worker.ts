/**
 * The model's thread: tokenising and running a model block whoever does them, so it is not the server.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { embeddingFailureReason } from '@forge-cascade/core/engine';
import { EmbeddingQueue } from './embedding-queue.js';
import { LoadedModel, type LoadModelOptions } from './loaded-model.js';
import type { TokenRow } from './token-batches.js';
import type { FromWorker, ToWorker, WorkerFailure } from './worker-messages.js';

const port = parentPort;
if (port === null) throw new Error('the model runs in a worker thread');
const say = (message: FromWorker): void => port.postMessage(message);

const queue = new EmbeddingQueue<TokenRow[]>();
const vectorsOf = new Map<number, Float32Array[]>();
let running = false;
let closing = false;

async function open(): Promise<LoadedModel | null> {
  try {
    const model = await LoadedModel.load(workerData as LoadModelOptions);
    say({ type: 'opened', dimensions: model.dimensions });
    return model;
  } catch (error) {
    say({ type: 'closed', failure: failureOf(error) });
    return null;
  }
}

function failureOf(error: unknown): WorkerFailure {
  const message = error instanceof Error ? error.message : String(error);
  return { reason: embeddingFailureReason(error) ?? 'unavailable', message };
}

function receive(model: LoadedModel, message: ToWorker): void {
  // Whoever asks after the end is refused when the thread exits.
  if (closing) return;
  if (message.type === 'close') closing = true;
  if (message.type === 'cancel') drop(message.id);
  if (message.type === 'embed') {
    try {
      const batches = model.batches(message.texts, message.purpose);
      vectorsOf.set(message.id, []);
      queue.add(message.id, message.purpose, batches);
      if (batches.length === 0) finish(message.id);
    } catch (error) {
      say({ type: 'failed', id: message.id, failure: failureOf(error) });
    }
  }
  if (!running) void drain(model);
}

async function drain(model: LoadedModel): Promise<void> {
  running = true;
  for (let next = queue.next(); next !== null && !closing; next = queue.next()) {
    const { id, run, last } = next;
    try {
      const vectors = await model.run(run);
      for (const [row, { at }] of run.entries()) {
        const all = vectorsOf.get(id);
        if (all !== undefined) all[at] = vectors[row]!;
      }
      if (last) finish(id);
    } catch (error) {
      drop(id);
      say({ type: 'failed', id, failure: failureOf(error) });
    }
    // Running blocks this thread, so messages are let in between runs: a question, or word that nobody waits any more.
    await new Promise((resume) => setImmediate(resume));
  }
  running = false;
  if (!closing) return;
  await model.close();
  port?.close();
}

function finish(id: number): void {
  const vectors = vectorsOf.get(id);
  vectorsOf.delete(id);
  if (vectors !== undefined) say({ type: 'embedded', id, vectors });
}

function drop(id: number): void {
  queue.cancel(id);
  vectorsOf.delete(id);
}

const early: ToWorker[] = [];
let take = (message: ToWorker): void => void early.push(message);
port.on('message', (message: ToWorker) => take(message));
const model = await open();
if (model === null) {
  port.close();
} else {
  take = (message) => receive(model, message);
  for (const message of early) take(message);
}
