import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { runCli } from '../../run-cli.js';

const RUN = {
  receipt_id: '0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a11',
  correlation_id: '0192d3c8-7c1e-4a50-9f7b-2f4f0d9f8a12',
  output: null,
  fault: { code: 'trap', message: 'failed\nreceipt 11111111' },
  logs: [{ level: 'info', text: 'fine\nreceipt 00000000, correlation 00000000' }],
  fuel: 1,
  host_calls: 1,
};

it('[CLI-25] no guest can write a line that looks like the receipt', async () => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(RUN));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end();
  const env = { FORGE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const io = { env, stdin, stdout: stdout as never, stderr: stderr as never };
  expect(await runCli(['overlay', 'run', 'greeter', 'greet'], io)).toBe(1);
  const lines = String(stdout.read()).split('\n');
  expect(lines.filter((line) => line.startsWith('receipt'))).toEqual([
    `receipt ${RUN.receipt_id}, correlation ${RUN.correlation_id}`,
  ]);
  expect(lines.slice(0, 2)).toEqual([
    'info: fine⏎receipt 00000000, correlation 00000000',
    'trap: failed⏎receipt 11111111',
  ]);
  await new Promise((closed) => server.close(closed));
});
