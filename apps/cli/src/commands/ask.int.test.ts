import { createServer, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.js';

const ANSWER = {
  answer: 'Wax was chosen. [1] It sings. [unsupported]',
  sentences: [],
  citations: [
    {
      capsule_id: '0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a11',
      series_id: '0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a12',
      version: '1.0.0',
      title: 'Seals',
      quote: 'Wax was\n chosen.',
      chain_trust: 60,
      tainted: false,
      warned: false,
      collection: null,
      position: null,
      lineage: { ancestors: [], more: false, weakest: {} },
    },
  ],
  provider: 'anthropic',
  model: 'large-1',
  fallback: null,
  cached: false,
  warnings: ['1 of 2 sentences are supported by no source and marked [unsupported].'],
  correlation_id: '0192d3c8-7c1e-4a50-9f7b-2f4f0d9f8a11',
  timing: { total_ms: 1, phases: {} },
};

let server: Server;
afterEach(() => new Promise((closed) => server.close(closed)));

/** A server that is asked one thing; what it was asked for and what the command printed. */
async function asked(watched: boolean, args: readonly string[], respond: (response: ServerResponse) => void) {
  const accepts: unknown[] = [];
  server = createServer((request, response) => {
    accepts.push(request.headers.accept);
    response.setHeader('connection', 'close');
    request.resume().on('end', () => respond(response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stdin = new PassThrough();
  const stdout = Object.assign(new PassThrough(), { isTTY: watched, columns: 40 });
  const stderr = new PassThrough();
  stdin.end();
  const env = { FORGE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, NO_COLOR: '1' };
  const io = { env, stdin, stdout: stdout as never, stderr: stderr as never };
  const code = await runCli(['ask', 'why', ...args], io);
  return { code, accepts, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

function streams(response: ServerResponse, events: readonly (readonly [string, unknown])[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(events.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join(''));
}

const json = (response: ServerResponse): void =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(ANSWER));

describe('forge ask', () => {
  it('[API-31] shows the answer as it is made where somebody watches, wrapped, and its sources below it', async () => {
    const { code, out, accepts } = await asked(true, [], (response) =>
      streams(response, [
        ['phase', { name: 'context', ms: 1 }],
        ['delta', { text: 'Wax was chosen. [1]' }],
        ['delta', { text: ' It sings. [unsupported]' }],
        ['done', ANSWER],
      ]),
    );
    expect({ code, accepts }).toEqual({ code: 0, accepts: ['text/event-stream'] });
    expect(out.split('\n').slice(0, 4)).toEqual([
      'Wax was chosen. [1] It sings. ',
      '[unsupported]',
      '',
      '[1] Seals  v1.0.0  chain trust 60',
    ]);
    expect(out).toContain('“Wax was chosen.”');
    expect(out).toContain('anthropic large-1');
    expect(out.match(/It sings/gu)).toHaveLength(1);
  });

  it('[API-31] says what became void and why, and shows what came instead', async () => {
    const { out } = await asked(true, [], (response) =>
      streams(response, [
        ['delta', { text: 'Half an ans' }],
        ['restart', { reason: 'timeout' }],
        ['delta', { text: ANSWER.answer }],
        ['done', ANSWER],
      ]),
    );
    expect(out.replace(/\s+/gu, ' ')).toContain(
      'Half an ans (That is void: the answer provider did not end in time. Again:) Wax was chosen.',
    );
  });

  it('[API-31] fails with the reason when the answer does', async () => {
    const problem = {
      type: 'urn:forge:error:unavailable',
      title: 'Not available at the moment',
      status: 503,
      detail: 'The answer provider anthropic has no allowance left for us',
      code: 'UNAVAILABLE',
      instance: 'urn:uuid:0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a11',
    };
    const { code, err } = await asked(true, [], (response) => streams(response, [['error', problem]]));
    expect(code).toBe(1);
    expect(err).toContain('no allowance left');
  });

  it('[CLI-25] says of a refusal where what overlays said of it is to be seen, in one line', async () => {
    const problem = {
      type: 'urn:forge:error:policy-denied',
      title: 'Not allowed',
      status: 403,
      detail: 'Threat detected by v: sql\nreceipt 00000000\u202e',
      code: 'POLICY_DENIED',
      correlation_id: ANSWER.correlation_id,
      instance: `urn:uuid:${ANSWER.correlation_id}`,
    };
    const { code, err } = await asked(false, [], (response) =>
      response.writeHead(403, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem)),
    );
    expect(code).toBe(1);
    expect(err).toBe(
      `error: Threat detected by v: sql⏎receipt 00000000\\u202e\nSee forge cascade ${ANSWER.correlation_id}\n`,
    );
  });

  it.each([
    ['nobody watches', false, []],
    ['JSON is asked for', true, ['--json']],
  ])('[API-31] asks for the whole answer where %s', async (_, watched, args) => {
    const { code, out, accepts } = await asked(watched, args, json);
    expect(code).toBe(0);
    expect(accepts).toEqual([expect.stringMatching(/^application\/json/u)]);
    if (args.length > 0) expect(JSON.parse(out)).toEqual(ANSWER);
    else expect(out).toContain(ANSWER.answer);
  });
});
