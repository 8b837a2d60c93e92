import { describe, expect, it } from 'vitest';
import { createClient } from './client.js';
import { EventStreamReader } from './event-stream.js';

const STREAM =
  '\ufeff: hello\n\nevent: delta\ndata: {"text":"a"}\n\nid: 7\nretry: 10\ndata:two\r\ndata: lines\r\n\r\n' +
  'event: empty\n\nevent:last\rdata\r\rdata: never ended';

describe('server-sent events', () => {
  it('[API-27] are read alike wherever the text is cut', () => {
    const whole = new EventStreamReader().push(STREAM);
    expect(whole).toEqual([
      { event: 'delta', data: '{"text":"a"}' },
      { event: 'message', data: 'two\nlines' },
      { event: 'last', data: '' },
    ]);
    for (let size = 1; size < 12; size++) {
      for (let from = 0; from < size; from++) {
        const reader = new EventStreamReader();
        const read = [...reader.push(STREAM.slice(0, from))];
        for (let at = from; at < STREAM.length; at += size) read.push(...reader.push(STREAM.slice(at, at + size)));
        expect(read, `${size}/${from}`).toEqual(whole);
      }
    }
  });

  const clientOf = (body: string, type = 'text/event-stream; charset=utf-8') =>
    createClient({
      baseUrl: 'http://host:1',
      fetch: (_, init) => {
        expect((init.headers as Record<string, string>)['accept']).toBe('text/event-stream');
        return Promise.resolve(new Response(body, { headers: { 'content-type': type } }));
      },
    });

  async function readAll(client: ReturnType<typeof clientOf>): Promise<readonly string[]> {
    const read: string[] = [];
    for await (const { event } of client.ask.stream({ body: { query: 'q' } })) read.push(event);
    return read;
  }

  it('[API-27] end with `done`; names that the client does not know are passed over', async () => {
    const body = 'event: delta\ndata: {"text":"a"}\n\nevent: toString\ndata: {}\n\nevent: done\ndata: {}\n\n: x\n\n';
    expect(await readAll(clientOf(body))).toEqual(['delta', 'done']);
  });

  it('[API-27] throw a problem as an ApiError', async () => {
    const problem = {
      type: 'urn:forge:error:unavailable',
      title: 'Not available at the moment',
      status: 503,
      detail: 'It is gone.',
      code: 'UNAVAILABLE',
      instance: 'urn:uuid:0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a11',
    };
    await expect(readAll(clientOf(`event: error\ndata: ${JSON.stringify(problem)}\n\n`))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      status: 503,
      problem,
    });
  });

  it.each([
    ['breaks off', 'event: delta\ndata: {"text":"a"}\n\n', undefined],
    ['is something else', '{}', 'application/json'],
    ['has an error that is no problem document', 'event: error\ndata: {}\n\n', undefined],
  ])('[API-27] say so when the answer %s', async (_, body, type) => {
    await expect(readAll(clientOf(body, type))).rejects.toMatchObject({ code: 'UNREADABLE_ANSWER' });
  });
});
