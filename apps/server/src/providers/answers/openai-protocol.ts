/** Chat completions, as OpenAI and the many servers that speak like it take them. @module */
import OpenAI from 'openai';
import type { TakeText, WritingOrder, WrittenText } from '@forge-cascade/core';
import { abortableFetch } from './abortable-fetch.js';
import type { ModelProtocol } from './guarded-model.js';
import { objectsTo, ProviderFault } from './provider-fault.js';

export const OPENAI_URL = 'https://api.openai.com/v1';

/** Sent where no key is needed: the SDK wants one, local servers do not look. */
const NO_KEY = 'none';

export function openAiProtocol(url: string | null, key: string | null): ModelProtocol {
  const client = new OpenAI({
    apiKey: key ?? NO_KEY,
    baseURL: url ?? OPENAI_URL,
    // Deadline and tries are the guard's.
    maxRetries: 0,
    // Its log writes requests out, and its environment could turn that on.
    logLevel: 'off',
    organization: null,
    project: null,
    fetch: abortableFetch,
    // A redirect would carry the key to another host.
    fetchOptions: { redirect: 'error' },
  });
  // Reasoning models take other parameters than all the rest; the first refusal tells.
  let takesTemperature = true;
  let limit: 'max_tokens' | 'max_completion_tokens' = 'max_tokens';

  const bodyOf = (model: string, order: WritingOrder) => ({
    model,
    messages: [
      { role: 'system' as const, content: order.prompt.system },
      { role: 'user' as const, content: order.prompt.user },
    ],
    [limit]: order.maxTokens,
    ...(takesTemperature ? { temperature: order.temperature } : {}),
  });

  const write = (model: string, order: WritingOrder, signal: AbortSignal, take?: TakeText): Promise<WrittenText> =>
    take === undefined ? writeWhole(model, order, signal) : writeStreaming(model, order, signal, take);

  const writeWhole = async (model: string, order: WritingOrder, signal: AbortSignal): Promise<WrittenText> => {
    const completion = await client.chat.completions.create({ ...bodyOf(model, order), stream: false }, { signal });
    const [choice] = Array.isArray(completion?.choices) ? completion.choices : [];
    if (choice === undefined) throw new ProviderFault('bad_answer');
    if (choice.message?.refusal) throw new ProviderFault('refused');
    const cut = isCut(choice.finish_reason);
    const text: unknown = choice.message?.content;
    if (typeof text !== 'string') throw new ProviderFault('bad_answer');
    return { text, cut };
  };

  const writeStreaming = async (
    model: string,
    order: WritingOrder,
    signal: AbortSignal,
    take: TakeText,
  ): Promise<WrittenText> => {
    const chunks = await client.chat.completions.create({ ...bodyOf(model, order), stream: true }, { signal });
    let text = '';
    let finishReason: string | null = null;
    for await (const chunk of chunks) {
      const choice = chunk.choices?.[0];
      if (choice === undefined) continue;
      if (choice.delta?.refusal) throw new ProviderFault('refused');
      const piece: unknown = choice.delta?.content ?? '';
      if (typeof piece !== 'string') throw new ProviderFault('bad_answer');
      if (piece !== '') {
        text += piece;
        await take(piece);
      }
      finishReason = choice.finish_reason ?? finishReason;
    }
    return { text, cut: isCut(finishReason) };
  };

  /** Whether to ask again in another way. */
  const learns = (error: unknown): boolean => {
    if (limit === 'max_tokens' && objectsTo(error, 'max_tokens')) {
      limit = 'max_completion_tokens';
      return true;
    }
    if (takesTemperature && objectsTo(error, 'temperature')) {
      takesTemperature = false;
      return true;
    }
    return false;
  };

  return {
    provider: 'openai',
    async write(model, order, signal, take) {
      for (;;) {
        try {
          return await write(model, order, signal, take);
        } catch (error) {
          if (!learns(error)) throw error;
        }
      }
    },
  };
}

function isCut(finishReason: string | null): boolean {
  if (finishReason === 'content_filter') throw new ProviderFault('refused');
  if (finishReason === 'length') return true;
  // Without a reason the stream broke off; with another one this is no answer in words.
  if (finishReason !== 'stop') throw new ProviderFault('bad_answer');
  return false;
}
