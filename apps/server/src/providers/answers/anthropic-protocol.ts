/** Anthropic's Messages. @module */
import Anthropic from '@anthropic-ai/sdk';
import type { TakeText, WritingOrder, WrittenText } from '@forge-cascade/core';
import { abortableFetch } from './abortable-fetch.js';
import type { ModelProtocol } from './guarded-model.js';
import { objectsTo, ProviderFault } from './provider-fault.js';

export const ANTHROPIC_URL = 'https://api.anthropic.com';

export function anthropicProtocol(url: string | null, key: string): ModelProtocol {
  const client = new Anthropic({
    apiKey: key,
    authToken: null,
    // Its client adds /v1 by itself; whoever names a server as for OpenAI's protocol has written it already.
    baseURL: (url ?? ANTHROPIC_URL).replace(/\/v1\/*$/, ''),
    // Deadline and tries are the guard's.
    maxRetries: 0,
    // Its log writes requests out, and its environment could turn that on.
    logLevel: 'off',
    openTelemetry: false,
    fetch: abortableFetch,
    // A redirect would carry the key to another host.
    fetchOptions: { redirect: 'error' },
  });
  let takesTemperature = true;

  const bodyOf = (model: string, order: WritingOrder) => ({
    model,
    max_tokens: order.maxTokens,
    system: order.prompt.system,
    messages: [{ role: 'user' as const, content: order.prompt.user }],
    ...(takesTemperature ? { temperature: Math.min(1, order.temperature) } : {}),
  });

  const write = (model: string, order: WritingOrder, signal: AbortSignal, take?: TakeText): Promise<WrittenText> =>
    take === undefined ? writeWhole(model, order, signal) : writeStreaming(model, order, signal, take);

  const writeWhole = async (model: string, order: WritingOrder, signal: AbortSignal): Promise<WrittenText> => {
    const message = await client.messages.create({ ...bodyOf(model, order), stream: false }, { signal });
    if (!Array.isArray(message?.content)) throw new ProviderFault('bad_answer');
    const text = message.content.map((block) => (block.type === 'text' ? textOf(block.text) : '')).join('');
    return { text, cut: isCut(message.stop_reason) };
  };

  const writeStreaming = async (
    model: string,
    order: WritingOrder,
    signal: AbortSignal,
    take: TakeText,
  ): Promise<WrittenText> => {
    const events = await client.messages.create({ ...bodyOf(model, order), stream: true }, { signal });
    let text = '';
    let stopReason: string | null = null;
    let ended = false;
    for await (const event of events) {
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') {
        const piece = textOf(event.delta.text);
        text += piece;
        await take(piece);
      } else if (event.type === 'message_delta') {
        stopReason = event.delta.stop_reason;
      } else if (event.type === 'message_stop') {
        ended = true;
      }
    }
    if (!ended) throw new ProviderFault('bad_answer');
    return { text, cut: isCut(stopReason) };
  };

  return {
    provider: 'anthropic',
    async write(model, order, signal, take) {
      try {
        return await write(model, order, signal, take);
      } catch (error) {
        if (!takesTemperature || !objectsTo(error, 'temperature')) throw error;
        takesTemperature = false;
        return write(model, order, signal, take);
      }
    },
  };
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new ProviderFault('bad_answer');
  return value;
}

function isCut(stopReason: string | null): boolean {
  if (stopReason === 'refusal') throw new ProviderFault('refused');
  if (stopReason === 'max_tokens' || stopReason === 'model_context_window_exceeded') return true;
  if (stopReason !== 'end_turn' && stopReason !== 'stop_sequence') throw new ProviderFault('bad_answer');
  return false;
}
