/**
 * What becomes of standard output. A stream takes every write and fails later, so whether all of it arrived is known at
 * the end only.
 * @module
 */
import type { Writable } from 'node:stream';

export interface WatchedOutput {
  /** Once everything was written or lost: the code of what went wrong, null when nothing did. */
  fault(): Promise<string | null>;
}

export function watchOutput(stream: Writable): WatchedOutput {
  let fault: string | null = null;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Someone who pipes into `head` has seen enough: no complaint about the closed pipe.
    if (error.code !== 'EPIPE') fault ??= error.code ?? error.message;
  });
  return {
    async fault() {
      // Writes end in the order they were made. Their errors are told of after their callbacks.
      await new Promise((ended) => stream.write('', ended));
      await new Promise((told) => setImmediate(told));
      return fault;
    },
  };
}
