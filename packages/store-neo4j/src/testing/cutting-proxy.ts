/** A proxy before a Neo4j server that cuts the connection at the moment a transaction is committed. @module */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** `before`: the server never hears of the commit. `after`: it carries it out, and nobody is told. */
export type Cut = 'before' | 'after';

/** The message COMMIT of the Bolt protocol, as one chunk. */
const COMMIT = Buffer.from([0x00, 0x02, 0xb0, 0x12, 0x00, 0x00]);

export class CuttingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #next: Cut | null = null;
  /** Connections cut so far. */
  cuts = 0;

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
      client.on('data', (data) => this.#pass(data, client, server));
      server.on('data', (data) => client.write(data));
    });
  }

  static async before(target: string): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `bolt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts at the next commit. */
  cutNext(cut: Cut): void {
    this.#next = cut;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(data: Buffer, client: Socket, server: Socket): void {
    const cut = this.#next;
    if (cut === null || !data.includes(COMMIT)) {
      server.write(data);
      return;
    }
    this.#next = null;
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
