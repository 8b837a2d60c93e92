import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { shareFolder, type FolderAccess } from './shared-folder.js';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** A server that tells everyone its name as a version. */
async function given(name: string): Promise<FolderAccess & { readonly stop: () => Promise<void> }> {
  const server = createServer((_, response) => {
    response
      .setHeader('content-type', 'application/json')
      .setHeader('connection', 'close')
      .end(JSON.stringify({ version: name }));
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const stop = async (): Promise<void> => {
    if (server.listening) await new Promise((closed) => server.close(closed));
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: null,
    where: name,
    passing: name === 'holder',
    close: stop,
    stop,
  };
}

describe('a data folder that several commands use', () => {
  it('[CLI-8] is opened once its silent holder has gone', async () => {
    const own = await given('own');
    let tries = 0;
    const connection = await shareFolder('data', {
      join: () => Promise.resolve(null),
      open: () => Promise.resolve((tries += 1) < 4 ? null : own),
    });
    expect(connection.where).toBe('own');
    expect((await connection.client.getHealth()).body.version).toBe('own');
    await connection.close();
  });

  it('[CLI-8] is taken over when the holder ends between two requests', async () => {
    const [holder, own] = [await given('holder'), await given('own')];
    let opened = 0;
    const connection = await shareFolder('data', {
      join: () => Promise.resolve(servers[0]?.listening === true ? holder : null),
      open: () => Promise.resolve((opened += 1) > 0 ? own : null),
    });
    expect((await connection.client.getHealth()).body.version).toBe('holder');
    await holder.stop();
    const answers = await Promise.all([
      connection.client.getHealth(),
      connection.client.getHealth(),
      connection.client.getHealth(),
    ]);
    expect(answers.map(({ body }) => body.version)).toEqual(['own', 'own', 'own']);
    expect(opened).toBe(1);
    await connection.close();
  });

  it('[CLI-8] repeats a request that its holder cut off, under one idempotency key', async () => {
    const keys: unknown[] = [];
    const answering = (cutOff: boolean) =>
      createServer((request, response) => {
        keys.push(request.headers['idempotency-key']);
        if (cutOff) request.socket.destroy();
        else response.setHeader('content-type', 'application/json').end('{}');
      }).listen(0, '127.0.0.1');
    const [cutting, own] = [answering(true), answering(false)];
    servers.push(cutting, own);
    await Promise.all([once(cutting, 'listening'), once(own, 'listening')]);
    const access = (server: Server, passing: boolean): FolderAccess => ({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      token: null,
      where: '',
      passing,
      close: () => Promise.resolve(),
    });
    let joined = false;
    const connection = await shareFolder('data', {
      join: () => Promise.resolve(joined ? null : ((joined = true), access(cutting, true))),
      open: () => Promise.resolve(access(own, false)),
    });
    expect((await connection.client.retractCapsule({ params: { id: 'x' }, body: { reason: 'r' } })).status).toBe(200);
    expect(keys).toEqual([expect.any(String), keys[0]]);
  });

  it('[CLI-8] is given up when its holder never answers', async () => {
    const none = { join: () => Promise.resolve(null), open: () => Promise.resolve(null) };
    await expect(shareFolder('data', none, 100)).rejects.toThrow('held by another process');
  });
});
