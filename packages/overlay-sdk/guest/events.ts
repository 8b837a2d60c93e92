/** Events: what overlays tell each other. */
import { event_publish, event_subscribe } from './host';
import { Json, readJson } from './json';
import { JsonWriter } from './json-writer';
import { Reply, replyOf } from './reply';

/** What the handler of a subscription is given. */
export class Event {
  constructor(
    readonly type: string,
    /** Null where the event has none. */
    readonly payload: Json | null,
    /** Whoever published it: an overlay's id, or `engine`. */
    readonly source: string,
    readonly correlationId: string,
    /** Receipt of the run that published it; empty where the engine told of it. */
    readonly causationId: string,
    /** Events before it in its chain. */
    readonly hops: i32,
  ) {}
}

/** Reads the input of a subscription's handler. */
export function readEvent(at: usize, length: i32): Event {
  const input = readJson(at, length);
  return new Event(
    input.textOf('type'),
    input.field('payload'),
    input.textOf('source'),
    input.textOf('correlation_id'),
    input.textOf('causation_id'),
    <i32>input.numberOf('hops', 0),
  );
}

/** Needs EVENT_PUBLISH. @param request `{"type", "payload"}` */
export function publish(request: JsonWriter): Reply {
  return replyOf(event_publish(request.address(), request.size()), request);
}

/** Needs EVENT_PUBLISH. @param payload any JSON; given back by this */
export function publishEvent(type: string, payload: JsonWriter): Reply {
  return publish(new JsonWriter(64 + payload.size()).open().text('type', type).json('payload', payload).close());
}

/** In `initialize` only, and only what the manifest's `subscriptions` say. Needs EVENT_SUBSCRIBE. */
export function subscribe(type: string, handler: string): Reply {
  const request = new JsonWriter(128).open().text('type', type).text('handler', handler).close();
  return replyOf(event_subscribe(request.address(), request.size()), request);
}
