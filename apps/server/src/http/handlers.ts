/**
 * What a handler is: one per operation, knowing nothing of HTTP but the status it answers with.
 * @module
 */
import type {
  BodyOf,
  Immutable,
  OperationId,
  Operations,
  OperationShape,
  ParamsOf,
  QueryOf,
  ResponseHeader,
  StreamEventOf,
} from '@forge-cascade/api';
import type { RequestContext } from '@forge-cascade/core';
import type { z } from 'zod';
import type { EventSink } from './answer-streaming.js';
import type { IfMatch } from './read-headers.js';

export interface Call<O extends OperationShape> {
  readonly params: ParamsOf<O>;
  readonly query: QueryOf<O>;
  readonly body: BodyOf<O>;
  readonly ifMatch: IfMatch | null;
  readonly context: RequestContext;
}

type ContentOf<O extends OperationShape, S extends keyof O['responses'] & number> = O['responses'][S]['content'];

/** What a handler gives back. The media type may be left out where an operation has only one. */
export type Result<O extends OperationShape> = {
  [S in keyof O['responses'] & number]: {
    [M in keyof ContentOf<O, S>]: {
      readonly status: S;
      readonly body: Immutable<z.output<ContentOf<O, S>[M]>>;
      readonly mediaType?: M;
      readonly headers?: Readonly<Partial<Record<ResponseHeader, string>>>;
    };
  }[keyof ContentOf<O, S>];
}[keyof O['responses'] & number];

export type Handlers = { readonly [K in OperationId]: (call: Call<Operations[K]>) => Promise<Result<Operations[K]>> };

/** Operations that can be answered as an event stream have a handler for that too. */
export type StreamHandlers = {
  readonly [K in OperationId as Operations[K] extends { readonly stream: object } ? K : never]: (
    call: Call<Operations[K]>,
    sink: EventSink<StreamEventOf<Operations[K]>>,
  ) => Promise<void>;
};
