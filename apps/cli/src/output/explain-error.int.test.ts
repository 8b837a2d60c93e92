import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { explainError } from './explain-error.js';

async function failureOf(url: string): Promise<ReturnType<typeof explainError>> {
  return explainError(await fetch(url, { method: 'POST', body: 'x' }).catch((error: unknown) => error));
}

it('[CLI-20] tells a server that is not there from one that is gone before it has answered', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const cut = await failureOf(url);
  expect(cut.message).toMatch(/ended the connection before it had answered .*may have been done or not/);
  expect(cut.hint).toMatch(/without doing anything twice/);
  await new Promise((resolve) => server.close(resolve));
  const gone = await failureOf(url);
  expect(gone.message).toMatch(/^The server at 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)\.$/);
  expect([cut.exitCode, gone.exitCode]).toEqual([1, 1]);
});
