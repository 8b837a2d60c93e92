/**
 * A hub on this machine, for tests: the addresses and answers of the usual one, and its faults.
 * @module
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const REPOSITORY = 'someone/tiny';

export class GivenHub {
  readonly requests: string[] = [];
  /** What answers instead, by file. */
  readonly faults = new Map<string, (response: ServerResponse, file: Buffer) => void>();
  /** What answers instead of the list of files. */
  listing: unknown = undefined;

  private constructor(
    private readonly server: Server,
    private readonly files: Readonly<Record<string, Buffer>>,
  ) {}

  static async open(files: Readonly<Record<string, Buffer>>): Promise<GivenHub> {
    const server = createServer();
    const hub = new GivenHub(server, files);
    server.on('request', (request, response) => hub.#answer(request.url ?? '', response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return hub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await once(this.server.close(), 'close');
  }

  #answer(url: string, response: ServerResponse): void {
    this.requests.push(url);
    if (url === `/api/models/${REPOSITORY}/tree/main?recursive=true`) {
      response.end(JSON.stringify(this.listing ?? this.#tree()));
      return;
    }
    const [path = '', cdn] = url.replace(`/${REPOSITORY}/resolve/main/`, '').split('?');
    const file = this.files[path];
    const fault = this.faults.get(path);
    if (file === undefined) response.writeHead(404).end('Not Found');
    else if (fault !== undefined) fault(response, file);
    // Large files are served from elsewhere.
    else if (path.endsWith('.onnx') && cdn === undefined) response.writeHead(302, { location: `${url}?cdn` }).end();
    else response.end(file);
  }

  #tree(): unknown {
    return Object.entries(this.files).map(([path, file]) => {
      const git = createHash('sha1').update(`blob ${file.length}\0`).update(file).digest('hex');
      const lfs = { oid: createHash('sha256').update(file).digest('hex'), size: file.length, pointerSize: 134 };
      const large = path.endsWith('.onnx');
      return { type: 'file', path, size: file.length, oid: large ? 'of-the-pointer' : git, ...(large ? { lfs } : {}) };
    });
  }
}
