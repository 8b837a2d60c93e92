/** What the host replied to a call. */
import { Json, readJson } from './json';
import { JsonWriter } from './json-writer';

/** Replies of the present call: what was read of them points into them, so they stay until the call has ended. */
const kept: usize[] = [];

export class Reply {
  constructor(
    private at: usize,
    /** Null where the host refused. */
    readonly ok: Json | null,
    /** Code of a refusal, such as `DENIED`; empty where there is none. */
    readonly error: string,
    /** What the host says about the refusal. */
    readonly message: string,
  ) {}

  get refused(): bool {
    return this.error.length > 0;
  }

  /** Gives the reply's memory back now rather than at the end of the call. Nothing read of it may be used afterwards. */
  free(): void {
    const place = kept.indexOf(this.at);
    if (place < 0) return;
    kept.splice(place, 1);
    heap.free(this.at);
  }
}

/** Reads a host function's answer, and gives back the request. */
export function replyOf(packed: i64, request: JsonWriter): Reply {
  request.free();
  const at = <usize>(packed >>> 32);
  if (at == 0) return new Reply(0, null, 'UNAVAILABLE', 'the host did not answer');
  kept.push(at);
  const reply = readJson(at, <i32>packed);
  const error = reply.field('error');
  if (error !== null) return new Reply(at, null, error.textOf('code'), error.textOf('message'));
  return new Reply(at, reply.field('ok'), '', '');
}

/** Forgets the replies of a call that has ended. */
export function freeReplies(): void {
  for (let i = 0; i < kept.length; i++) heap.free(kept[i]);
  kept.length = 0;
}
