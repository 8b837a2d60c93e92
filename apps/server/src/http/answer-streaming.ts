/**
 * Answering an operation as an event stream.
 * @module
 */
import { EVENT_STREAM_MEDIA_TYPE, type Immutable, type OperationShape, type Problem } from '@forge-cascade/api';
import { DomainError } from '@forge-cascade/core';
import type { FastifyReply } from 'fastify';
import { EventFeed } from './event-feed.js';

/** Where a stream handler's events go. */
export interface EventSink<E extends { readonly event: string; readonly data: unknown }> {
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
  /** The answer begins: from here on what fails is an `error` event, where before it is an ordinary refusal. */
  open(): void;
  /** Resolves when the client has room for more. */
  send<N extends E['event']>(event: N, data: Immutable<Extract<E, { readonly event: N }>['data']>): Promise<void>;
}

export interface StreamingOptions {
  readonly operation: OperationShape;
  readonly reply: FastifyReply;
  readonly heartbeatMs: number;
  /** Holds events against their schemas, for tests. */
  readonly check: boolean;
  /** Logs what nobody foresaw. */
  readonly problemOf: (error: unknown) => Problem;
}

type AnyEvent = { readonly event: string; readonly data: unknown };

/** @throws what `work` throws before it opened its sink. */
export async function answerStreaming(
  { operation, reply, heartbeatMs, check, problemOf }: StreamingOptions,
  work: (sink: EventSink<AnyEvent>) => Promise<void>,
): Promise<FastifyReply> {
  const feed = new EventFeed(heartbeatMs);
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new DomainError('UNAVAILABLE', 'The client is gone'));
  });
  let opened = false;
  let open = (): void => undefined;
  const opening = new Promise<void>((resolve) => {
    open = () => {
      opened = true;
      resolve();
    };
  });
  const sink: EventSink<AnyEvent> = {
    signal: gone.signal,
    open,
    async send(event, data) {
      if (check) checkEvent(operation, event, data);
      await feed.send(event, data);
    },
  };
  const working = work(sink).then(
    () => feed.end(),
    async (error: unknown) => {
      if (!opened) {
        feed.end();
        throw error;
      }
      if (!gone.signal.aborted) await feed.send('error', problemOf(error));
      feed.end();
    },
  );
  await Promise.race([opening, working]);
  return reply
    .code(200)
    .headers({ 'x-accel-buffering': 'no' })
    .type(`${EVENT_STREAM_MEDIA_TYPE}; charset=utf-8`)
    .send(feed.body);
}

function checkEvent({ id, stream }: OperationShape, event: string, data: unknown): void {
  const checked = stream?.events[event]?.safeParse(JSON.parse(JSON.stringify(data)));
  if (!checked?.success) throw new Error(`${id} sends ${event} against its schema: ${checked?.error.message ?? ''}`);
}
