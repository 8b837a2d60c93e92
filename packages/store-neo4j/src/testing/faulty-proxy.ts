/**
 * A proxy before a Neo4j server that behaves like a bad network: it is slow, its delays vary, messages come in halves, it
 * stalls, and it cuts the connection at the moment a transaction is committed.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** `before`: the server never hears of the commit. `after`: it carries it out, and nobody is told. */
export type Cut = 'before' | 'after';

export interface Slowness {
  /** Milliseconds that everything takes in each direction. */
  readonly latencyMs: number;
  /** Up to so many milliseconds more, different for each piece. */
  readonly jitterMs: number;
  /** Whatever comes is passed on in two pieces, each late for itself. */
  readonly halves: boolean;
}

const AT_ONCE: Slowness = { latencyMs: 0, jitterMs: 0, halves: false };

/** The message COMMIT of the Bolt protocol, as one chunk. */
const COMMIT = Buffer.from([0x00, 0x02, 0xb0, 0x12, 0x00, 0x00]);

export class FaultyProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #cut: Cut | null = null;
  #slowness = AT_ONCE;
  #stall: { readonly atCommit: boolean; readonly over: Promise<void>; end(): void } | null = null;
  /** Connections cut so far. */
  cuts = 0;
  /** Pieces that were held up by a stall. */
  held = 0;

  readonly #slownessNow = (): Slowness => this.#slowness;

  private constructor(target: string) {
    const { hostname, port } = new URL(target);
    this.#server = createServer((client) => {
      const server = connect(Number(port), hostname);
      for (const socket of [client, server]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          client.destroy();
          server.end();
        });
      }
      const there = new Way(this.#slownessNow);
      const back = new Way(this.#slownessNow);
      client.on('data', (data) => {
        const commits = data.includes(COMMIT);
        there.take(data, (piece, last) => this.#ask(piece, commits && last, client, server));
      });
      server.on('data', (data) => back.take(data, (piece) => void client.write(piece)));
    });
  }

  static async before(target: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `bolt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts at the next commit. */
  cutNext(cut: Cut): void {
    this.#cut = cut;
  }

  /** From now on, for everything that comes. */
  slow(slowness: Slowness): void {
    this.#slowness = slowness;
  }

  /** Holds up what the client says: all of it, or from the next commit on. */
  stall(from: 'now' | 'commit'): void {
    let end = (): void => undefined;
    const over = new Promise<void>((resolve) => (end = resolve));
    this.#stall = { atCommit: from === 'commit', over, end };
  }

  /** Passes on what was held up. */
  goOn(): void {
    this.#stall?.end();
    this.#stall = null;
  }

  async close(): Promise<void> {
    this.goOn();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Resolves once the server has been told, or never will be. */
  async #ask(data: Buffer, commits: boolean, client: Socket, server: Socket): Promise<void> {
    const stall = this.#stall;
    if (stall !== null && (commits || !stall.atCommit)) {
      this.held++;
      await stall.over;
    }
    const cut = this.#cut;
    if (cut === null || !commits) {
      if (server.writable) server.write(data);
      return;
    }
    this.#cut = null;
    this.cuts++;
    if (cut === 'before') {
      client.destroy();
      server.destroy();
    } else {
      client.removeAllListeners('data');
      server.removeAllListeners('data');
      server.on('data', () => client.destroy());
      server.write(data);
    }
  }
}

/** One direction of a connection: pieces come out late, and in order. */
class Way {
  #last: Promise<void> = Promise.resolve();
  #begun = false;

  constructor(private readonly slowness: () => Slowness) {}

  take(data: Buffer, pass: (piece: Buffer, last: boolean) => Promise<void> | void): void {
    const { latencyMs, jitterMs, halves } = this.slowness();
    // The driver reads the server's first answer, that to its greeting, in one piece alone.
    const middle = halves && this.#begun && data.length > 1 ? data.length >> 1 : 0;
    this.#begun = true;
    const pieces = middle === 0 ? [data] : [data.subarray(0, middle), data.subarray(middle)];
    let late = 0;
    pieces.forEach((piece, i) => {
      late += latencyMs + jitterMs * Math.random();
      const due = late === 0 ? null : delay(late);
      this.#last = this.#last.then(async () => {
        await due;
        await pass(piece, i === pieces.length - 1);
      });
    });
  }
}
