/**
 * The body of an event stream: events as text, comments that keep proxies from closing a silent connection, and the
 * pace of whoever reads it.
 * @module
 */
import { Readable } from 'node:stream';

/** Bytes waiting for the reader before the writer has to wait. */
const BUFFER_BYTES = 64 * 1024;

const HEARTBEAT = ': still here\n\n';

export class EventFeed {
  readonly body: Readable;
  readonly #timer: NodeJS.Timeout;
  readonly #waiting: (() => void)[] = [];
  #spoke = false;

  /** @param heartbeatMs a comment is sent when nothing else was for this long. */
  constructor(heartbeatMs: number) {
    this.body = new Readable({
      highWaterMark: BUFFER_BYTES,
      read: () => this.#release(),
      destroy: (error, done) => {
        clearInterval(this.#timer);
        this.#release();
        done(error);
      },
    });
    this.#timer = setInterval(() => {
      // A reader that has not taken what there is needs no sign of life.
      if (!this.#spoke && this.body.readableLength === 0) this.body.push(HEARTBEAT);
      this.#spoke = false;
    }, heartbeatMs);
  }

  /** Resolves when there is room for more, or nobody reads any more. */
  async send(event: string, data: unknown): Promise<void> {
    if (this.#ended) return;
    this.#spoke = true;
    // JSON has no line ends of its own.
    const room = this.body.push(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (!room) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  end(): void {
    clearInterval(this.#timer);
    if (!this.#ended) this.body.push(null);
  }

  get #ended(): boolean {
    return this.body.destroyed || this.body.readableEnded;
  }

  #release(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
