/**
 * The port of the answer cache, and what an answer is kept under. An answer is found again only by whoever would get the
 * same sources, in the same standing, for the same question, from the same model: so it can be neither stale nor leaky.
 * @module
 */
import { sha256 } from '../../ledger/sha256.js';
import type { Principal } from '../../principal.js';
import type { AnswerParameters, ProvidedAnswer } from '../answer/answer-provider.js';
import type { AskInput } from '../ask-input.js';
import { standingOf, type FoundSource } from './source-standing.js';

/** A look-up by name that an answer was made with, and what it found. */
export interface KeptLookup {
  readonly name: string;
  readonly query: string;
  /** The standing of what was found. */
  readonly found: string;
}

export interface KeptAnswer {
  readonly answer: ProvidedAnswer;
  /** In the order made. They must still find the same, as the key knows nothing of them. */
  readonly lookups: readonly KeptLookup[];
}

/** Keeps answers for a while. It may forget at any time; it never gives out what was put under another key. */
export interface AnswerCache {
  get(key: string): Promise<KeptAnswer | null>;
  put(key: string, kept: KeptAnswer): Promise<void>;
  /** Forgets all, as after an erasure. */
  clear(): Promise<void>;
}

export interface AnswerCircumstances {
  readonly input: AskInput;
  readonly principal: Principal;
  /** After everything that could bar one of them. */
  readonly found: readonly FoundSource[];
  /** Provider and model. */
  readonly model: string;
  readonly parameters: AnswerParameters;
}

/** Raise when the same circumstances would be answered in another form. */
const FORM = 1;

export function answerKey({ input, principal, found, model, parameters }: AnswerCircumstances): string {
  const { limit, minTrust, collection, asOf } = input;
  return hexHash([
    FORM,
    input.query.normalize('NFC').replace(/\s+/gu, ' ').trim(),
    [limit ?? null, minTrust ?? null, collection ?? null, asOf ?? null],
    // Readers never share an answer, whatever they may see: a hit would tell one of them what another one asked.
    [principal.id, principal.reviewer, principal.trust],
    [model, parameters.tier, parameters.temperature, parameters.maxTokens],
    standingOf(found),
  ]);
}

function hexHash(value: unknown): string {
  return Buffer.from(sha256(JSON.stringify(value))).toString('hex');
}
