/** A provider whose answers a test writes, and a follower that keeps what it hears. @module */
import type { AnswerProvider } from '../answer/answer-provider.js';
import { generatedAnswers } from '../answer/generated.js';
import type { TakeText, WritingOrder } from '../answer/text-model.js';
import type { AskFollower } from '../follower.js';

export interface GivenWriter {
  readonly provider: AnswerProvider;
  readonly orders: readonly WritingOrder[];
}

/** @param write says the text; with `take` it may say it bit by bit. */
export function givenWriter(
  write: (order: WritingOrder, signal: AbortSignal, take?: TakeText) => Promise<string>,
): GivenWriter {
  const orders: WritingOrder[] = [];
  const provider = generatedAnswers({
    provider: 'testing',
    modelAt: (tier) => `model-${tier}`,
    async write(order, signal, take) {
      orders.push(order);
      let taken = false;
      const text = await write(order, signal, take && ((piece) => ((taken = true), take(piece))));
      if (!taken) await take?.(text);
      return { text, cut: false };
    },
  });
  return { provider, orders };
}

export class GivenFollower implements AskFollower {
  readonly heard: (readonly [string, unknown])[] = [];
  readonly #leaving = new AbortController();
  /** The texts since the last restart. */
  text = '';

  get signal(): AbortSignal {
    return this.#leaving.signal;
  }

  leave(): void {
    this.#leaving.abort(new Error('left'));
  }

  /** Names of what was heard, in order. */
  get kinds(): readonly string[] {
    return this.heard.map(([kind]) => kind);
  }

  phase(name: string): void {
    this.heard.push(['phase', name]);
  }

  async citation(number: number, citation: { readonly quote: string }): Promise<void> {
    this.heard.push(['citation', { number, quote: citation.quote }]);
  }

  async delta(text: string): Promise<void> {
    this.heard.push(['delta', text]);
    this.text += text;
  }

  async restart(reason: string): Promise<void> {
    this.heard.push(['restart', reason]);
    this.text = '';
  }
}
