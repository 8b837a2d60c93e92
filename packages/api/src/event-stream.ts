/**
 * Reading server-sent events, as WHATWG HTML §9.2.6 has it, from any stream of bytes. Runs in browsers and in Node.
 * @module
 */

export interface ServerSentEvent {
  /** `message` when it has no name. */
  readonly event: string;
  readonly data: string;
}

/** Takes texts cut anywhere and gives out the events that are complete. Comments and other fields are passed over. */
export class EventStreamReader {
  #rest = '';
  #event = '';
  #data: string[] = [];
  #begun = false;

  push(text: string): readonly ServerSentEvent[] {
    let read = this.#rest + text;
    if (!this.#begun && read !== '') {
      this.#begun = true;
      read = read.replace(/^\ufeff/, '');
    }
    // A carriage return at the end may be half of a line end.
    const held = read.endsWith('\r') ? 1 : 0;
    const lines = read.slice(0, read.length - held).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? '') + read.slice(read.length - held);
    return lines.flatMap((line) => this.#line(line));
  }

  #line(line: string): readonly ServerSentEvent[] {
    if (line === '') {
      const event = { event: this.#event === '' ? 'message' : this.#event, data: this.#data.join('\n') };
      const complete = this.#data.length > 0;
      this.#event = '';
      this.#data = [];
      return complete ? [event] : [];
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#event = value;
    else if (field === 'data') this.#data.push(value);
    return [];
  }
}

/** The events of a response's body, as they come. Leaving the loop ends the request. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const events = new EventStreamReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* events.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
