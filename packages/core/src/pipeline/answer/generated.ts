/**
 * Answers written by a language model. What it writes is read sentence by sentence, tied to the sources or marked, and
 * only then given on, also while streaming.
 * @module
 */
import { AnswerBuilder } from './answer-builder.js';
import type { AnswerListener, AnswerProvider, AnswerRequest, ProvidedAnswer } from './answer-provider.js';
import { NOTHING_FOUND } from './nothing-found.js';
import { composePrompt, numberSources } from './prompt.js';
import { SourceSupport } from './support.js';
import { providerFailure, type TextModel } from './text-model.js';
import { SentenceReader, type WrittenSentence } from './written-sentences.js';

/**
 * Its `answer` throws the failures of the model. An answer of which the sources support nothing is one: `bad_answer`.
 * @param onUnsupported hears of those: the model itself knows nothing of them.
 */
export function generatedAnswers(writer: TextModel, onUnsupported: () => void = () => undefined): AnswerProvider {
  return {
    provider: writer.provider,
    model: writer.modelAt('fast'),
    modelAt: (tier) => writer.modelAt(tier),
    answer: (request, signal) => answerByWriting({ writer, onUnsupported }, request, signal),
    stream: (request, signal, listener) => answerByWriting({ writer, onUnsupported }, request, signal, listener),
  };
}

async function answerByWriting(
  { writer, onUnsupported }: { readonly writer: TextModel; readonly onUnsupported: () => void },
  request: AnswerRequest,
  signal: AbortSignal,
  listener?: AnswerListener,
): Promise<ProvidedAnswer> {
  const { temperature, maxTokens, tier } = request.parameters;
  const madeBy = { provider: writer.provider, model: writer.modelAt(tier) };
  const nothing: ProvidedAnswer = { text: NOTHING_FOUND, citations: [], sentences: [], madeBy };
  const sources = numberSources(request.sources);
  // Without sources a model could only make something up.
  if (sources.length === 0) return nothing;
  const order = { prompt: composePrompt(request.query, sources), tier, temperature, maxTokens };
  const reader = new SentenceReader();
  const builder = new AnswerBuilder(new SourceSupport(sources));
  const take = async (sentences: readonly WrittenSentence[]): Promise<void> => {
    for (const sentence of sentences) {
      const piece = builder.add(sentence);
      await listener?.piece(piece);
    }
  };
  const gate = new ReplyGate();
  const onText = async (text: string): Promise<void> => take(reader.push(gate.pass(text)));
  const written = await writer.write(order, signal, listener === undefined ? undefined : onText);
  if (listener === undefined) await onText(written.text);
  if (gate.saysNothing) return nothing;
  await take(reader.push(gate.rest()));
  await take(reader.end(written.cut));
  if (!builder.sentences.some(({ supported }) => supported)) {
    onUnsupported();
    throw providerFailure(writer.provider, 'bad_answer');
  }
  return { ...builder.answer(), madeBy, ...(written.cut ? { cut: true } : {}) };
}

/** The reply that there is no answer must not be read out sentence by sentence: it is held back until it differs. */
class ReplyGate {
  #held = '';
  #open = false;

  /** What may be read now. */
  pass(text: string): string {
    if (this.#open) return text;
    this.#held += text;
    if (NOTHING_FOUND.startsWith(this.#held.trim().slice(0, NOTHING_FOUND.length))) return '';
    this.#open = true;
    return this.rest();
  }

  get saysNothing(): boolean {
    return this.#held.trim() === NOTHING_FOUND;
  }

  rest(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }
}
