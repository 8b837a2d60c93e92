/**
 * The writer's thread: one connection that writes, a queue of commands, group after group.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { KeptWork, OverlayRecording } from '@forge-cascade/core/engine';
import type { Database } from '../driver.js';
import { storeError } from '../driver.js';
import type { CommitMessage } from '../commit-message.js';
import type { VectorMessage } from '../vector-message.js';
import { serveCalls, type IncomingCall } from '../thread-rpc.js';
import { openWriter, type OpenedWriter, type WriterOptions } from './open-writer.js';
import { acquireLease, releaseLease, type LeaseRequest } from './leases.js';
import { dropWork, putWork } from './kept-work.js';
import { keepRecordings } from './overlay-writer.js';
import { saveSegments, type SegmentChange } from './segments.js';
import type { LostVectors, VectorSegments } from './vector-writer.js';

/** More commands than this wait for the next group, so that the first of them is not kept waiting too long. */
const GROUP_LIMIT = 128;
/** Change-log rows the search worker has followed are dropped this many at a time. */
const LOG_SLACK = 10_000;
const FORGET_EVERY_MS = 3_600_000;

const port = parentPort;
if (port === null) throw new Error('the writer runs in a worker thread');
const options = workerData as WriterOptions;

let opened: OpenedWriter | null = null;
const commits: IncomingCall[] = [];
let scheduled = false;
let spreading = false;
let settledWaiters: IncomingCall[] = [];
let prunedTo = 0;

serveCalls(port, (calls) => {
  for (const call of calls) {
    if (call.method === 'commit') {
      commits.push(call);
      if (!scheduled) {
        scheduled = true;
        setImmediate(drain);
      }
    } else {
      answer(call);
    }
  }
});

function drain(): void {
  const group = commits.splice(0, GROUP_LIMIT);
  const { writer } = ready();
  const results = writer.commitGroup(group.map((call) => call.argument as CommitMessage));
  group.forEach((call, i) => {
    const result = results[i];
    if (result instanceof Error) call.reject(result);
    else call.resolve(result);
  });
  scheduled = commits.length > 0;
  if (scheduled) setImmediate(drain);
  spreadLater();
}

/** Trust spreads between groups, never in front of them. */
function spreadLater(): void {
  if (spreading || ready().writer.events.standing.pending === 0) return;
  spreading = true;
  setImmediate(spread);
}

function spread(): void {
  spreading = false;
  try {
    if (ready().writer.spreadTrust()) {
      spreadLater();
      return;
    }
  } catch {
    // A full disk must not end the thread: readers keep bounding descendants, and the next try starts from the root.
    setTimeout(spreadLater, 1_000);
    return;
  }
  for (const waiter of settledWaiters) waiter.resolve(null);
  settledWaiters = [];
}

let pruning = false;

/** Vectors that no model serves go between groups too, a few at a time. */
function pruneLater(): void {
  if (pruning) return;
  pruning = true;
  setImmediate(() => {
    pruning = false;
    if (opened === null) return;
    const { writer, vectors } = opened;
    try {
      if (writer.exclusively(() => vectors.prune())) pruneLater();
    } catch {
      // They take room and do no harm; the next start tries again.
      return;
    }
  });
}

function answer(call: IncomingCall): void {
  try {
    switch (call.method) {
      case 'open':
        opened = openWriter(options);
        forgetExpiredClaims();
        setInterval(forgetExpiredClaims, FORGET_EVERY_MS).unref();
        call.resolve(opened.facts);
        spreadLater();
        pruneLater();
        return;
      case 'settled':
        if (ready().writer.events.standing.pending === 0) call.resolve(null);
        else settledWaiters.push(call);
        return;
      case 'close':
        while (commits.length > 0) drain();
        opened?.close();
        opened = null;
        call.resolve(null);
        return;
      case 'append': {
        const { after, messages } = call.argument as { after: number; messages: readonly CommitMessage[] };
        call.resolve(ready().writer.replay(messages, after));
        spreadLater();
        return;
      }
      case 'followed':
        dropFollowed(call.argument as number);
        call.resolve(null);
        return;
      default:
        call.resolve(ready().writer.exclusively(() => work(ready().db, call)));
    }
  } catch (error) {
    call.reject(storeError(error));
  }
}

/** An expired claim counts as free already: this only keeps the table small, so a failure can wait for the next hour. */
function forgetExpiredClaims(): void {
  try {
    opened?.writer.exclusively(() => opened?.db.prepare('DELETE FROM claim WHERE expires_at <= ?').run(Date.now()));
  } catch {
    return;
  }
}

/** Drops change-log rows that the search thread has taken over. */
function dropFollowed(n: number): void {
  if (n - prunedTo < LOG_SLACK) return;
  const { writer, db } = ready();
  writer.exclusively(() => db.prepare('DELETE FROM change_log WHERE n <= ?').run(n));
  prunedTo = n;
}

function work(db: Database, call: IncomingCall): unknown {
  switch (call.method) {
    case 'defer': {
      const { id, nextAttemptAt, error } = call.argument as { id: string; nextAttemptAt: number; error: string };
      db.prepare('UPDATE outbox SET attempts = attempts + 1, next_at = ?, error = ? WHERE id = ?').run(
        nextAttemptAt,
        error,
        id,
      );
      return null;
    }
    case 'finish': {
      const ended = db.prepare('DELETE FROM outbox WHERE id = ?');
      for (const id of call.argument as readonly string[]) ended.run(id);
      return null;
    }
    case 'acquireLease':
      return acquireLease(db, call.argument as LeaseRequest);
    case 'releaseLease':
      releaseLease(db, call.argument as LeaseRequest);
      return null;
    case 'beginVectors': {
      const { model, dimensions } = call.argument as { model: string; dimensions: number };
      ready().vectors.begin(model, dimensions);
      return null;
    }
    case 'putVectors':
      ready().vectors.put(call.argument as VectorMessage);
      return null;
    case 'serveVectors':
      ready().vectors.serve(call.argument as string | null);
      pruneLater();
      return null;
    case 'loseVectors':
      ready().vectors.lose(call.argument as LostVectors);
      return null;
    case 'keepRecordings': {
      const { recordings, most } = call.argument as { recordings: readonly OverlayRecording[]; most: number };
      keepRecordings(db, recordings, most);
      return null;
    }
    case 'dropWork':
      dropWork(db);
      return null;
    case 'putWork':
      putWork(db, call.argument as readonly KeptWork[]);
      return null;
    case 'saveVectorSegments':
      ready().vectors.saveSegments(call.argument as VectorSegments);
      return null;
    case 'saveSegments':
      saveSegments(db, call.argument as SegmentChange);
      return null;
    default:
      throw new Error(`unknown method ${call.method}`);
  }
}

function ready(): OpenedWriter {
  if (opened === null) throw new Error('the writer is not open');
  return opened;
}
