/**
 * Embeddings from a server that speaks OpenAI's protocol: OpenAI's own, or one on this machine (Ollama, vLLM, LM Studio,
 * llama.cpp).
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises';
import {
  embeddingFailure,
  embeddingFailureReason,
  mayPass,
  type DomainError,
  type EmbeddingProvider,
} from '@forge-cascade/core';
import { isPassingStatus, refusalReason, retryAfterMs, vectorsOf } from './openai-protocol.js';

export interface OpenAiEmbeddingsOptions {
  /** The model's name on the server. */
  readonly model: string;
  /** Such as `https://api.openai.com/v1`, without a slash at the end. */
  readonly baseUrl: string;
  /** Null: no key is sent. */
  readonly apiKey: string | null;
  /** What the model is asked to give; null: its own number, which is found out by asking once. */
  readonly dimensions: number | null;
  /** Milliseconds for one request. Default 20,000. */
  readonly requestMs?: number;
  /** Further tries of a request that failed in a way that may pass. Default 2. */
  readonly retries?: number;
  /** Longest wait before such a try, in milliseconds; a server that asks for more fails at once. Default 8,000. */
  readonly longestWaitMs?: number;
}

/** Few enough for the usual 8,191 tokens, whatever the language; and short passages are found more exactly. */
const MAX_CHARS = 4_000;
const MAX_TEXTS = 128;
/** Characters of one request: servers also limit tokens over all its texts. */
const MAX_REQUEST_CHARS = 200_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const FIRST_WAIT_MS = 250;
const SAMPLE = 'dimension';

/** @throws DomainError UNAVAILABLE with a reason when the model had to be asked for its dimension and did not answer */
export async function openAiEmbeddings(options: OpenAiEmbeddingsOptions): Promise<EmbeddingProvider> {
  const server = new OpenAiServer(options);
  const dimensions = options.dimensions ?? (await server.embed([SAMPLE], undefined))[0]?.length ?? 0;
  if (dimensions === 0) throw embeddingFailure(server.name, 'wrong_dimensions');
  return {
    model: `${server.name}:${dimensions}`,
    dimensions,
    maxChars: MAX_CHARS,
    async embed(texts, _purpose, signal) {
      const vectors: Float32Array[] = [];
      for (const batch of batchesOf(texts.map(sendable))) vectors.push(...(await server.embed(batch, signal)));
      return vectors;
    },
  };
}

/** Servers refuse an empty text; and one that is too long, instead of cutting it. */
function sendable(text: string): string {
  if (text.trim() === '') return '.';
  return text.length <= MAX_CHARS ? text : text.slice(0, MAX_CHARS).toWellFormed();
}

function* batchesOf(texts: readonly string[]): Generator<readonly string[]> {
  let from = 0;
  let chars = 0;
  for (const [at, text] of texts.entries()) {
    if (at > from && (at - from === MAX_TEXTS || chars + text.length > MAX_REQUEST_CHARS)) {
      yield texts.slice(from, at);
      from = at;
      chars = 0;
    }
    chars += text.length;
  }
  if (from < texts.length) yield texts.slice(from);
}

class OpenAiServer {
  readonly name: string;
  /** A quarter of the bytes; a server that does not know it is asked for numbers from then on. */
  #encoding: 'base64' | 'float' = 'base64';
  /** Refusals that the same request would meet again. */
  readonly #hopeless = new WeakSet<DomainError>();

  constructor(private readonly options: OpenAiEmbeddingsOptions) {
    this.name = `openai:${options.model}`;
  }

  async embed(texts: readonly string[], signal: AbortSignal | undefined): Promise<Float32Array[]> {
    const { retries = 2, longestWaitMs = 8_000 } = this.options;
    for (let tries = 0; ; tries++) {
      try {
        return await this.#ask(texts, signal);
      } catch (error) {
        signal?.throwIfAborted();
        const reason = embeddingFailureReason(error);
        if (reason === null || !mayPass(reason) || tries >= retries) throw error;
        const asked = (error as DomainError).details['retry_after_ms'];
        // Doubled each time, and never two clients in step.
        const pause = typeof asked === 'number' ? asked : FIRST_WAIT_MS * 2 ** tries * (1 + Math.random());
        if (this.#hopeless.has(error as DomainError) || pause > longestWaitMs) throw error;
        await wait(pause, undefined, signal === undefined ? {} : { signal });
      }
    }
  }

  async #ask(texts: readonly string[], signal: AbortSignal | undefined): Promise<Float32Array[]> {
    const encoding = this.#encoding;
    const response = await this.#post(texts, signal);
    const body = await this.#read(response, signal);
    if (!response.ok) {
      if (encoding === 'base64' && (response.status === 400 || response.status === 422)) {
        this.#encoding = 'float';
        return this.#ask(texts, signal);
      }
      throw this.#refusal(response, body);
    }
    const vectors = vectorsOf(body, texts.length);
    if (vectors === null) throw this.#failure('answered with something that is no list of vectors');
    if (vectors.length !== texts.length) throw embeddingFailure(this.name, 'wrong_count');
    return vectors;
  }

  async #post(texts: readonly string[], signal: AbortSignal | undefined): Promise<Response> {
    const { baseUrl, apiKey, model, dimensions } = this.options;
    try {
      return await fetch(`${baseUrl}/embeddings`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
        },
        body: JSON.stringify({
          model,
          input: texts,
          encoding_format: this.#encoding,
          ...(dimensions === null ? {} : { dimensions }),
        }),
        // The key is meant for this address and no other.
        redirect: 'error',
        signal: this.#limit(signal),
      });
    } catch (error) {
      throw this.#broken(error, signal, 'cannot be reached');
    }
  }

  /** The answer, parsed; null for a refusal that is no JSON. */
  async #read(response: Response, signal: AbortSignal | undefined): Promise<unknown> {
    let text = '';
    try {
      let bytes = 0;
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) {
        bytes += (chunk as Uint8Array).byteLength;
        if (bytes > MAX_ANSWER_BYTES) break;
        text += decoder.decode(chunk as Uint8Array, { stream: true });
      }
      if (bytes > MAX_ANSWER_BYTES) throw this.#failure('answered with more than 64 MiB');
      text += decoder.decode();
    } catch (error) {
      throw embeddingFailureReason(error) === null ? this.#broken(error, signal, 'broke off its answer') : error;
    }
    const body = parsed(text);
    if (body === undefined && response.ok) {
      throw this.#failure('answered with half a document, or with none at all');
    }
    return body ?? null;
  }

  #limit(signal: AbortSignal | undefined): AbortSignal {
    const limit = AbortSignal.timeout(this.options.requestMs ?? 20_000);
    return signal === undefined ? limit : AbortSignal.any([limit, signal]);
  }

  #refusal({ status, headers }: Response, body: unknown): Error {
    const reason = refusalReason(status, body);
    const after = retryAfterMs(headers, Date.now());
    const facts = after === undefined ? {} : { retryAfterMs: after };
    if (reason !== 'unavailable') return embeddingFailure(this.name, reason, facts);
    const error = this.#failure(`refused the request with status ${status}`, facts);
    if (!isPassingStatus(status)) this.#hopeless.add(error);
    return error;
  }

  #failure(what: string, facts: { readonly retryAfterMs?: number } = {}): DomainError {
    const message = `The embedding server for ${this.name} ${what}.`;
    return embeddingFailure(this.name, 'unavailable', { message, ...facts });
  }

  #broken(error: unknown, signal: AbortSignal | undefined, what: string): Error {
    if (signal?.aborted === true) return signal.reason instanceof Error ? signal.reason : new Error('Cancelled.');
    if (error instanceof Error && error.name === 'TimeoutError') return embeddingFailure(this.name, 'timeout');
    // The code alone: messages of the network layer may hold addresses.
    const cause = error instanceof Error ? (error.cause as { readonly code?: unknown } | undefined) : undefined;
    return this.#failure(typeof cause?.code === 'string' ? `${what} (${cause.code})` : what);
  }
}

/** Undefined for what is no JSON, but for the bare NaN and Infinity that servers in Python write: null stands for these. */
function parsed(text: string): unknown {
  for (const one of [() => text, () => text.replace(/(?<=[[,\s])-?(?:NaN|Infinity)(?=\s*[,\]])/g, 'null')]) {
    try {
      return JSON.parse(one()) as unknown;
    } catch {
      // Once more without them, or not at all.
    }
  }
  return undefined;
}
