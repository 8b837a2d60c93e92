import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { LanguageModel, startStream, type Protocol } from '../../fixtures/language-model.js';
import { abortableFetch } from './abortable-fetch.js';
import { anthropicProtocol } from './anthropic-protocol.js';
import { GuardedModel } from './guarded-model.js';
import { openAiProtocol } from './openai-protocol.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let model: LanguageModel | null = null;
afterEach(() => model?.close());

const ORDER = { prompt: { system: 's', user: 'u' }, tier: 'fast', temperature: 0.3, maxTokens: 10 } as const;

describe('a call that is given up', () => {
  it.each<readonly [Protocol, typeof openAiProtocol]>([
    ['anthropic', (url, key) => anthropicProtocol(url, key ?? '')],
    ['openai', openAiProtocol],
  ])(
    '[PIP-36] closes the connection to %s, also when garbage was collected meanwhile',
    async (protocol, protocolOf) => {
      const hanging = await LanguageModel.start(protocol);
      model = hanging;
      hanging.does((_, response) => {
        startStream(response);
        response.write(hanging.piece('The first words'));
      });
      const guarded = new GuardedModel(protocolOf(hanging.url, 'k'), {
        models: { fast: 'm', strong: 'm' },
        deadlineMs: 60_000,
      });
      const leaving = new AbortController();
      let heard = (): void => undefined;
      const begun = new Promise<void>((resolve) => (heard = resolve));
      const left = expect(guarded.write(ORDER, leaving.signal, async () => heard())).rejects.toThrow('left');
      await begun;
      for (let i = 0; i < 10; i++) {
        await turn();
        collectGarbage();
      }
      leaving.abort(new Error('left'));
      await left;
      await hanging.requests[0]?.gone;
      // Leaving says nothing of the provider.
      expect(guarded.available).toBe(true);
    },
  );
});

describe('a body', () => {
  it('[PIP-44] comes through whole', async () => {
    const whole = await LanguageModel.start('openai');
    model = whole;
    const text = 'ä'.repeat(300_000);
    whole.does((_, response) => void response.end(text));
    const response = await abortableFetch(whole.url, {
      method: 'POST',
      body: '{}',
      signal: new AbortController().signal,
    });
    expect(await response.text()).toBe(text);
  });
});
