import { DEFAULT_PIPELINE_SETTINGS } from '@forge-cascade/core';
import { afterEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../config.js';
import { LanguageModel, sendJson, startStream, type Behaviour, type Protocol } from '../../fixtures/language-model.js';
import { memoryServer, type Reply, type TestServer } from '../../fixtures/memory-server.js';
import { createLog } from '../../log.js';
import { answerParts } from './answer-providers.js';
import { anthropicProtocol } from './anthropic-protocol.js';
import type { GuardOptions } from './guarded-model.js';

const KEY = 'sk-very-secret-0123456789';
const FACT = 'Billing moved to PostgreSQL because of its isolation levels.';
const WRITTEN = `${FACT} [1]`;
const QUERY = 'Why did billing move to PostgreSQL?';

/** Quick enough for tests, and no pause between tries. */
const GUARD: Partial<GuardOptions> = { backoffMs: 1, deadlineMs: 5_000 };

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface Given {
  readonly model: LanguageModel;
  readonly server: TestServer;
  readonly providerLog: () => string;
  readonly ask: (stream?: boolean, query?: string) => Promise<Reply>;
}

async function given(
  protocol: Protocol,
  settings: Readonly<Record<string, string>> = {},
  guard: Partial<GuardOptions> = {},
): Promise<Given> {
  const model = await LanguageModel.start(protocol);
  model.does(model.says(WRITTEN));
  open.push(() => model.close());
  const { answers } = readConfig({
    FORGE_ANSWERS: protocol,
    FORGE_ANSWERS_MODEL: 'small-1',
    FORGE_ANSWERS_MODEL_STRONG: 'large-1',
    FORGE_ANSWERS_URL: model.url,
    FORGE_ANSWERS_KEY: KEY,
    FORGE_ANSWERS_CACHE_MB: '0',
    ...settings,
  });
  let logged = '';
  const log = createLog('trace', { write: (line) => void (logged += line) });
  const parts = await answerParts(answers, log, { ...GUARD, ...guard });
  const server = await memoryServer({ answers: parts });
  open.push(() => server.app.close());
  await server.ask('POST', '/v2/capsules', { type: 'knowledge', title: 'Billing', content: `${FACT} It took a year.` });
  return {
    model,
    server,
    providerLog: () => logged,
    ask: (stream = false, query = QUERY) =>
      server.ask('POST', '/v2/ask', { query }, stream ? { accept: 'text/event-stream' } : {}),
  };
}

/** The whole answer, however it was asked for. */
function answerOf(reply: Reply): Reply['body'] {
  if (reply.body !== null) return reply.body;
  const done = /event: done\ndata: (.*)\n/u.exec(reply.text)?.[1];
  return done === undefined ? reply.text : JSON.parse(done);
}

const PROTOCOLS = ['anthropic', 'openai'] as const;
const FORMS = [
  ['whole', false],
  ['streamed', true],
] as const;
const EVERY = PROTOCOLS.flatMap((protocol) => FORMS.map(([form, stream]) => [protocol, form, stream] as const));

describe.each(EVERY)('%s, %s', (protocol, _, stream) => {
  it('[PIP-44] gives an answer whose sentences are tied to the sources', async () => {
    const { model, ask } = await given(protocol);
    model.does(model.says(`${WRITTEN} It was celebrated with a parade [1].`));
    const reply = await ask(stream);
    expect(answerOf(reply)).toMatchObject({
      answer: `${WRITTEN} It was celebrated with a parade. [unsupported]`,
      provider: protocol,
      model: 'small-1',
      fallback: null,
      sentences: [{ supported: true, citations: [1] }, { supported: false }],
      citations: [{ quote: FACT }],
    });
    expect(model.requests).toHaveLength(1);
    const [asked] = model.requests;
    expect(asked?.path).toBe(protocol === 'anthropic' ? '/v1/messages' : '/v1/chat/completions');
    expect(asked?.body).toMatchObject({ model: 'small-1', max_tokens: 1_000, temperature: 0.3 });
    expect(JSON.stringify(asked?.headers)).toContain(KEY);
  });

  const failures: readonly (readonly [string, string, (model: LanguageModel) => Behaviour])[] = [
    ['401', 'unauthorized', (m) => (__, res) => sendJson(res, 401, m.error('authentication_error', `bad key ${KEY}`))],
    ['403', 'unauthorized', (m) => (__, res) => sendJson(res, 403, m.error('permission_error', `no ${KEY}`))],
    ['429', 'rate_limited', (m) => (__, res) => sendJson(res, 429, m.error('rate_limit_error', 'slow down'))],
    ['429 for an empty purse', 'quota', (m) => (__, res) => sendJson(res, 429, m.error('insufficient_quota', 'pay'))],
    ['402', 'quota', (m) => (__, res) => sendJson(res, 402, m.error('billing_error', 'pay'))],
    [
      '400 for an empty purse',
      'quota',
      (m) => (__, res) => sendJson(res, 400, m.error('invalid_request_error', 'Your credit balance is too low')),
    ],
    ['404', 'unavailable', (m) => (__, res) => sendJson(res, 404, m.error('not_found_error', 'no such model'))],
    ['500', 'unavailable', (m) => (__, res) => sendJson(res, 500, m.error('api_error', 'oops'))],
    ['529', 'unavailable', (m) => (__, res) => sendJson(res, 529, m.error('overloaded_error', 'busy'))],
    [
      'a page instead of an answer',
      'bad_answer',
      () => (__, res) => void res.setHeader('content-type', 'text/html').end('<h1>Proxy</h1>'),
    ],
    [
      'half a JSON document',
      'bad_answer',
      () => (__, res) => void res.setHeader('content-type', 'application/json').end('{"content":[{"ty'),
    ],
    [
      'a redirect',
      'unavailable',
      () => (__, res) => void res.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
    ],
    ['a closed connection', 'unavailable', () => (__, res) => void res.destroy()],
    ['a refusal', 'refused', (m) => m.says(WRITTEN, m.protocol === 'anthropic' ? 'refusal' : 'content_filter')],
    ['nothing', 'bad_answer', (m) => m.says('')],
    ['white space', 'bad_answer', (m) => m.says(' \n ')],
    ['garbage', 'bad_answer', (m) => m.says('NaN undefined [object Object] [1][2][99]')],
    ['an end that is none', 'bad_answer', (m) => m.says(WRITTEN, 'tool_use')],
    [
      'NaN where text belongs',
      'bad_answer',
      (m) => (request, res) => {
        if (request.body.stream !== true) return sendJson(res, 200, m.whole(Number.NaN));
        startStream(res);
        res.end(m.piece(42) + m.ending());
      },
    ],
    [
      'an answer without end',
      'bad_answer',
      (m) => (request, res) => {
        const endless = 'word '.repeat(50_000);
        if (request.body.stream !== true) return sendJson(res, 200, m.whole(endless));
        startStream(res);
        res.end(m.piece(endless) + m.ending());
      },
    ],
  ];

  it.each(failures)('[PIP-44] [PIP-45] %s is %s, stood in for, and tells no key', async (__, reason, behaviour) => {
    const { model, server, ask, providerLog } = await given(protocol);
    model.does(behaviour(model));
    const reply = await ask(stream);
    expect(answerOf(reply)).toMatchObject({
      answer: expect.stringContaining(FACT),
      provider: 'extractive',
      fallback: { from: protocol, reason },
    });
    expect(providerLog()).toContain(`"reason":"${reason}"`);
    const audit = await server.ask('GET', '/v2/system/audit-log');
    const health = await server.ask('GET', '/v2/system/health');
    const metrics = await server.ask('GET', '/v2/system/metrics');
    for (const said of [reply.text, providerLog(), server.log(), audit.text, health.text, metrics.text]) {
      expect(said).not.toContain(KEY);
    }
  });

  it('[PIP-44] [PIP-45] without a fallback the failure is a problem document that tells the reason and no key', async () => {
    const { model, ask } = await given(protocol, { FORGE_ANSWERS_FALLBACK: 'none' });
    model.does((__, res) => sendJson(res, 401, model.error('authentication_error', `bad key ${KEY}`)));
    const reply = await ask(stream);
    const problem = stream ? JSON.parse(/event: error\ndata: (.*)\n/u.exec(reply.text)?.[1] ?? 'null') : reply.body;
    expect(problem).toMatchObject({ code: 'UNAVAILABLE', status: 503, provider: protocol, reason: 'unauthorized' });
    expect(reply.text).not.toContain(KEY);
  });

  it('[PIP-43] a hanging provider is left at the deadline and told so', async () => {
    const { model, ask } = await given(protocol, {}, { deadlineMs: 150 });
    let hung = (): void => undefined;
    const gone = new Promise<void>((resolve) => (hung = resolve));
    model.does((request, res) => {
      if (request.body.stream === true) {
        startStream(res);
        res.write(model.piece('Billing moved'));
      }
      void request.gone.then(hung);
    });
    expect(answerOf(await ask(stream))).toMatchObject({ fallback: { from: protocol, reason: 'timeout' } });
    await gone;
  });

  it('[PIP-43] tries again what passes, as often as it may, and no more', async () => {
    const { model, ask } = await given(protocol, {}, { retries: 2 });
    const busy: Behaviour = (__, res) => sendJson(res, 529, model.error('overloaded_error', 'busy'));
    model.does(busy, busy, model.says(WRITTEN));
    expect(answerOf(await ask(stream))).toMatchObject({ provider: protocol, fallback: null });
    expect(model.requests).toHaveLength(3);
    model.does(busy);
    expect(answerOf(await ask(stream))).toMatchObject({ fallback: { reason: 'unavailable' } });
    expect(model.requests).toHaveLength(6);
  });

  it('[PIP-43] does not wait for a provider that asks to be left alone beyond the deadline', async () => {
    const { model, ask } = await given(protocol);
    model.does((__, res) => sendJson(res, 429, model.error('rate_limit_error', 'later'), { 'retry-after': '3600' }));
    expect(answerOf(await ask(stream))).toMatchObject({ fallback: { reason: 'rate_limited' } });
    expect(model.requests).toHaveLength(1);
  });

  it('[PIP-43] asks a dead provider no more for a while, and says so in the health', async () => {
    const { model, server, ask } = await given(protocol, {}, { retries: 0, failuresToPause: 2, pauseMs: 600_000 });
    model.does((__, res) => void res.destroy());
    for (let i = 0; i < 4; i++)
      expect(answerOf(await ask(stream))).toMatchObject({ fallback: { reason: 'unavailable' } });
    expect(model.requests).toHaveLength(2);
    const { answers } = (await server.ask('GET', '/v2/system/health')).body;
    expect(answers).toMatchObject({ provider: protocol, available: false });
  });

  it('[PIP-43] asks a dead provider again after the pause', async () => {
    const { model, ask } = await given(protocol, {}, { retries: 0, failuresToPause: 2, pauseMs: 1 });
    model.does((__, res) => void res.destroy());
    for (let i = 0; i < 3; i++) await ask(stream);
    model.does(model.says(WRITTEN));
    await expect.poll(async () => answerOf(await ask(stream)).provider, { timeout: 10_000 }).toBe(protocol);
  });

  it('[PIP-43] takes no refusal and no bad answer for a sign that the provider is dead', async () => {
    const { model, ask } = await given(protocol, {}, { retries: 0, failuresToPause: 1 });
    model.does(model.says('garbage without support'));
    await ask(stream);
    model.does(model.says(WRITTEN));
    expect(answerOf(await ask(stream)).provider).toBe(protocol);
  });

  it('[PIP-44] learns that a model takes no temperature', async () => {
    const { model, ask } = await given(protocol);
    model.does((request, res) => {
      if ('temperature' in request.body) {
        const body = model.error('invalid_request_error', 'temperature is not supported with this model');
        return sendJson(res, 400, body);
      }
      return model.says(WRITTEN)(request, res);
    });
    expect(answerOf(await ask(stream)).provider).toBe(protocol);
    expect(answerOf(await ask(stream)).provider).toBe(protocol);
    expect(model.requests.map(({ body }) => 'temperature' in body)).toEqual([true, false, false]);
  });

  it('[PIP-30] says that the model had no more room', async () => {
    const { model, ask } = await given(protocol);
    model.does(model.says(`${WRITTEN} It took a ye`, protocol === 'anthropic' ? 'max_tokens' : 'length'));
    const answer = answerOf(await ask(stream));
    expect(answer.answer).toBe(WRITTEN);
    expect(answer.warnings).toContainEqual(expect.stringMatching(/ends early/u));
  });

  it('[PIP-42] asks the model of the question’s tier', async () => {
    const { model, ask } = await given(protocol);
    await ask(stream);
    await ask(stream, 'Why did billing move to PostgreSQL, who moved it, and how does it compare to before?');
    expect(model.requests.map(({ body }) => body.model)).toEqual(['small-1', 'large-1']);
  });
});

describe.each(PROTOCOLS)('half a stream from %s', (protocol) => {
  const halves: readonly (readonly [string, string, (model: LanguageModel) => Behaviour])[] = [
    [
      'that ends without an end',
      'bad_answer',
      (m) => (__, res) => {
        startStream(res);
        res.end(m.piece(`${WRITTEN} It then`));
      },
    ],
    [
      'whose connection breaks',
      'unavailable',
      (m) => (__, res) => {
        startStream(res);
        res.write(m.piece(`${WRITTEN} It then`), () => setTimeout(() => res.destroy(), 20));
      },
    ],
    [
      'that turns into an error',
      'unavailable',
      (m) => (__, res) => {
        startStream(res);
        const error = JSON.stringify(m.error('overloaded_error', `busy ${KEY}`));
        res.write(m.piece(`${WRITTEN} It then`));
        res.end(m.protocol === 'anthropic' ? `event: error\ndata: ${error}\n\n` : `data: ${error}\n\n`);
      },
    ],
    [
      'whose event is no JSON',
      'bad_answer',
      (m) => (__, res) => {
        startStream(res);
        res.write(m.piece(`${WRITTEN} It then`));
        res.end(m.protocol === 'anthropic' ? 'event: message_delta\ndata: {"del\n\n' : 'data: {"cho\n\n');
      },
    ],
  ];

  it.each(halves)('[PIP-44] [PIP-34] %s: %s, and what was read out is void', async (_, reason, behaviour) => {
    const { model, ask } = await given(protocol);
    model.does(behaviour(model));
    const reply = await ask(true);
    const events = [...reply.text.matchAll(/event: (\w+)\ndata: (.*)\n/gu)].map(([, name, data]) => ({
      name,
      data: JSON.parse(data as string),
    }));
    const restart = events.findIndex(({ name }) => name === 'restart');
    expect(events.slice(0, restart).some(({ name, data }) => name === 'delta' && data.text === WRITTEN)).toBe(true);
    expect(events[restart]?.data).toEqual({ reason });
    const after = events.slice(restart);
    const done = after.at(-1);
    expect(done).toMatchObject({ name: 'done', data: { fallback: { from: protocol, reason } } });
    expect(
      after
        .filter(({ name }) => name === 'delta')
        .map(({ data }) => data.text)
        .join(''),
    ).toBe(done?.data.answer);
    // What was read out is not tried again: the reader would hear it twice.
    expect(model.requests).toHaveLength(1);
    expect(reply.text).not.toContain(KEY);
  });
});

describe('OpenAI’s own ways', () => {
  it('[PIP-44] asks reasoning models with the parameters they take', async () => {
    const { model, ask } = await given('openai');
    model.does((request, res) => {
      const refused = ['max_tokens', 'temperature'].find((parameter) => parameter in request.body);
      if (refused === undefined) return model.says(WRITTEN)(request, res);
      const message = `Unsupported parameter: '${refused}' is not supported with this model.`;
      return sendJson(res, 400, {
        error: { message, type: 'invalid_request_error', param: refused, code: 'unsupported_parameter' },
      });
    });
    expect(answerOf(await ask()).provider).toBe('openai');
    expect(model.requests.at(-1)?.body).toMatchObject({ max_completion_tokens: 1_000 });
  });

  it('[PIP-44] needs no key for a server of one’s own, and hands it none that is meant for another', async () => {
    const model = await LanguageModel.start('openai');
    open.push(() => model.close());
    model.does(model.says(WRITTEN));
    const { answers } = readConfig({
      FORGE_ANSWERS: 'openai',
      FORGE_ANSWERS_MODEL: 'local',
      FORGE_ANSWERS_URL: model.url,
      OPENAI_API_KEY: KEY,
    });
    const server = await memoryServer({ answers: await answerParts(answers, createLog('silent')) });
    open.push(() => server.app.close());
    await server.ask('POST', '/v2/capsules', { type: 'knowledge', content: FACT });
    expect((await server.ask('POST', '/v2/ask', { query: QUERY })).body.provider).toBe('openai');
    expect(JSON.stringify(model.requests[0]?.headers)).not.toContain(KEY);
  });
});

describe('settings', () => {
  it('[PIP-43] leave the fallback time after the provider’s deadline', async () => {
    const { answers } = readConfig({
      FORGE_ANSWERS: 'openai',
      FORGE_ANSWERS_MODEL: 'm',
      FORGE_ANSWERS_URL: 'http://127.0.0.1:1/v1',
      FORGE_ANSWERS_TIMEOUT_MS: '600000',
    });
    const { pipeline } = await answerParts(answers, createLog('silent'));
    expect(pipeline.settings.deadlines.intelligence).toBeGreaterThan(600_000);
  });

  it('[API-29] without a provider answers are quoted, kept, and the health says so', async () => {
    const parts = await answerParts(readConfig({}).answers, createLog('silent'));
    expect(parts.pipeline.settings).toBe(DEFAULT_PIPELINE_SETTINGS);
    const server = await memoryServer({ answers: parts });
    open.push(() => server.app.close());
    await server.ask('POST', '/v2/capsules', { type: 'knowledge', content: FACT });
    const first = (await server.ask('POST', '/v2/ask', { query: QUERY })).body;
    const again = (await server.ask('POST', '/v2/ask', { query: QUERY })).body;
    expect([first.cached, again.cached]).toEqual([false, true]);
    expect((await server.ask('GET', '/v2/system/health')).body.answers).toMatchObject({ provider: 'extractive' });
  });

  it('[PIP-73] a server that speaks Anthropic’s protocol is reached by its address with and without /v1', async () => {
    const model = await LanguageModel.start('anthropic');
    open.push(() => model.close());
    model.does(model.says(WRITTEN));
    const { origin } = new URL(model.url);
    const order = { prompt: { system: 'S', user: 'U' }, tier: 'fast' as const, maxTokens: 10, temperature: 0 };
    for (const url of [origin, `${origin}/v1`, `${origin}/proxy/v1`]) {
      await anthropicProtocol(url, KEY).write('small-1', order, AbortSignal.timeout(5_000));
    }
    expect(model.requests.map(({ path }) => path)).toEqual(['/v1/messages', '/v1/messages', '/proxy/v1/messages']);
  });

  it('[API-29] the health names provider and models, never the key or the address', async () => {
    const { server, model } = await given('openai');
    const { text, body } = await server.ask('GET', '/v2/system/health');
    expect(body.answers).toEqual({
      provider: 'openai',
      model: 'small-1',
      strong_model: 'large-1',
      fallback: 'extractive',
      available: true,
    });
    expect(text).not.toContain(KEY);
    expect(text).not.toContain(new URL(model.url).host);
  });
});
