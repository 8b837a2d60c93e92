import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Connection } from './connection.js';
import { guardedServer } from './testing/given-databases.js';

const fileOf = (name: string): string => fileURLToPath(new URL(`./testing/tls/${name}`, import.meta.url));

it('[NEO-16] trusts over TLS whom it was told to, and reaches nobody else', async () => {
  const { url, ...login } = guardedServer();
  const behind = new URL(url);
  const sockets = new Set<Socket>();
  // The test servers speak without TLS: it ends here, with a certificate of an authority that no system knows.
  const front = createServer(
    { cert: readFileSync(fileOf('server.pem')), key: readFileSync(fileOf('server.key')) },
    (socket) => {
      const onward = connect(Number(behind.port), behind.hostname);
      for (const one of [socket, onward]) sockets.add(one.on('error', () => undefined));
      socket.pipe(onward).pipe(socket);
    },
  );
  front.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
  await once(front, 'listening');
  const { port } = front.address() as AddressInfo;
  const agent = async (scheme: string, more: { readonly caFile?: string } = {}): Promise<string> => {
    const connection = new Connection({
      url: `${scheme}://localhost:${port}`,
      ...login,
      ...more,
      connectTimeoutMs: 5_000,
    });
    try {
      return await connection.serverAgent();
    } finally {
      await connection.close();
    }
  };
  try {
    expect(await agent('bolt+s', { caFile: fileOf('authority.pem') })).toMatch(/^Neo4j\/5/);
    expect(await agent('bolt+ssc')).toMatch(/^Neo4j\/5/);
    await expect(agent('bolt+s')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  } finally {
    for (const socket of sockets) socket.destroy();
    front.close();
  }
});
