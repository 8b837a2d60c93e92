/**
 * The seven phases of an answer. Context, analysis and security run side by side; optimization and intelligence follow;
 * one commit records the run before the answer is given; metrics and storage are promised by that commit.
 * @module
 */
import type { JsonObject } from '../ledger/json.js';
import type { RequestContext } from '../principal.js';
import { PhaseReports, receiptsOf, reportedNumber, type AnalyserReport } from './analyse.js';
import { answer, citationOf, Transcript } from './answer-phase.js';
import type { AnswerMaker, AnswerSentence, ProvidedAnswer } from './answer/answer-provider.js';
import type { ModelTier } from './answer/text-model.js';
import { readQuestion } from './answer/question.js';
import { readSentences } from './answer/written-sentences.js';
import { checkAskInput, type AskInput } from './ask-input.js';
import type { AskPorts, AskResult, Citation } from './ask-ports.js';
import { warningsOf } from './ask-warnings.js';
import { ContextReader, type RetrievedContext } from './context.js';
import type { AskFollower } from './follower.js';
import { LeftWrites } from './left-writes.js';
import { optimise } from './optimization.js';
import { runPhase, type PhaseRun, type TimedPhase } from './phase.js';
import { recordRun, type RunFacts } from './run-record.js';
import { assess, requireTrust } from './security.js';

/**
 * Answers a question from the memory and records the run.
 * @param follower hears phases, citations and text while the answer is made; what it hears is on record before the
 * promise resolves, also when the answer did not end.
 * @throws DomainError INVALID_INPUT; POLICY_DENIED with `reason` and `correlation_id`; UNAVAILABLE when the context,
 * the answer provider or a deadline fails; IDEMPOTENCY_MISMATCH; CONTENTION.
 */
export async function ask(
  ports: AskPorts,
  ctx: RequestContext,
  input: AskInput,
  follower: AskFollower | null = null,
): Promise<AskResult> {
  checkAskInput(input);
  const { clock, settings } = ports;
  const started = clock.now();
  const given = new AbortController();
  const transcript = new Transcript();
  const left = new LeftWrites(ports, ctx.correlationId);
  let recordUnended = async (): Promise<void> => undefined;
  const timings: Partial<Record<TimedPhase, number>> = {};
  const run: PhaseRun = {
    clock,
    correlationId: ctx.correlationId,
    deadlines: settings.deadlines,
    signal: follower === null ? given.signal : AbortSignal.any([given.signal, follower.signal]),
    timings,
    left,
    ended: (phase, ms) => follower?.phase(phase, ms),
  };
  try {
    const request = requestOf(ctx, input, settings.requiredTrust);
    requireTrust(ctx.principal.trust, request.required_trust, ctx.correlationId);
    const recollection = ports.foundBefore?.begin(ctx.principal, input, () => ports.queries.state()) ?? null;
    // Awaited in the context phase; a failure there is the phase's.
    recollection?.catch(() => undefined);
    const reader = new ContextReader(ports, input, settings.lookups, recollection);
    const question = readQuestion(input.query);
    const gather = (signal: AbortSignal) => reader.gather(question, input.limit ?? settings.contextLimit, signal);
    const [context, analysis, security] = await Promise.all([
      runPhase(run, 'context', async (signal) => (await reader.recall()) ?? gather(signal)),
      analyse(run, ports, request),
      assess(run, ports.analysers.security, request),
    ]);
    const optimization = await optimise(
      run,
      ports.analysers.optimization,
      optimizationInput(ctx, request, context, analysis, security),
      context.found.length,
    );
    const facts = {
      query: input.query,
      hints: optimization.hints,
      timings,
      receipts: [
        ...receiptsOf('analysis', analysis),
        ...receiptsOf('security', security),
        ...receiptsOf('optimization', optimization.reports),
      ],
      complexity: reportedNumber(analysis, 'complexity_score', -1),
    };
    recordUnended = () => recordTranscript(ports, ctx, facts, transcript, left);
    const { hints } = optimization;
    const { principal } = ctx;
    const work = { run, ports, reader, gather, principal, input, context, hints, follower, transcript };
    const answered = await answer(work);
    const { provided, cached } = answered;
    const madeBy = provided.madeBy ?? ownMaker(ports);
    const sentences = provided.sentences ?? sentencesOf(provided);
    const committing = clock.now();
    const saveAsCapsule = input.saveAsCapsule ?? false;
    const answerFacts = { answer: provided, madeBy, sentences, cached, complete: true, saveAsCapsule };
    const recording = recordRun(ports, ctx, { ...facts, ...answerFacts }, left);
    const citing = Promise.all(answered.cited.map((cited) => citationOf(reader, cited)));
    // Both have ended before anything is thrown: a run on record is not recorded again.
    await Promise.allSettled([recording, citing]);
    const correlationId = await recording;
    recordUnended = async () => undefined;
    const citations = await citing;
    if (follower !== null && transcript.text === '') await readOut(follower, provided, citations);
    const ended = clock.now();
    return {
      answer: provided.text,
      sentences,
      citations,
      ...madeBy,
      fallback: provided.fallback ?? null,
      cached,
      correlationId,
      timing: { totalMs: ended - started, phases: { ...timings, commit: ended - committing } },
      warnings: warningsOf({ provided, sentences, citations, context, analysis }),
    };
  } catch (error) {
    // Phases still under way have nobody left to answer.
    given.abort(error);
    // What keeps it from being recorded is no better known to anyone than what ended the run.
    await recordUnended().catch(() => undefined);
    throw error;
  } finally {
    await left.end().catch(() => undefined);
  }
}

type SharedFacts = Pick<RunFacts, 'query' | 'hints' | 'timings' | 'receipts' | 'complexity'>;

/** An answer that broke off has been read all the same: whoever hangs up early leaves a trace too. */
async function recordTranscript(
  ports: AskPorts,
  ctx: RequestContext,
  facts: SharedFacts,
  { text, citations }: Transcript,
  left: LeftWrites,
): Promise<void> {
  if (text === '') return;
  const unended = { text, citations };
  // Under its key the request can be sent again and is then answered.
  await recordRun(
    ports,
    { ...ctx, idempotency: null },
    {
      ...facts,
      answer: unended,
      madeBy: ownMaker(ports, facts.hints.parameters.tier),
      sentences: sentencesOf(unended),
      cached: false,
      complete: false,
      saveAsCapsule: false,
    },
    left,
  );
}

function ownMaker({ answerProvider }: AskPorts, tier?: ModelTier): AnswerMaker {
  const model = (tier === undefined ? undefined : answerProvider.modelAt?.(tier)) ?? answerProvider.model;
  return { provider: answerProvider.provider ?? model, model };
}

function sentencesOf({ text, citations }: Pick<ProvidedAnswer, 'text' | 'citations'>): readonly AnswerSentence[] {
  return readSentences(text).map((sentence) => {
    const cites = sentence.cites.filter((cite) => cite >= 1 && cite <= citations.length);
    return { text: sentence.text, citations: cites, supported: cites.length > 0 };
  });
}

/** An answer that came whole is read out once it is on record. */
async function readOut(follower: AskFollower, { text }: ProvidedAnswer, citations: readonly Citation[]): Promise<void> {
  for (const [index, citation] of citations.entries()) await follower.citation(index + 1, citation);
  for (const line of text.split(/(?<=\n)/u)) await follower.delta(line);
}

interface AnalyserRequest extends JsonObject {
  readonly query: string;
  readonly correlation_id: string;
  readonly user_id: string;
  readonly operation: string;
  readonly required_trust: number;
  readonly as_of: string | null;
}

function requestOf(ctx: RequestContext, input: AskInput, requiredTrust: number): AnalyserRequest {
  return {
    query: input.query,
    correlation_id: ctx.correlationId,
    user_id: ctx.principal.id,
    operation: 'ask',
    required_trust: input.requiredTrust ?? requiredTrust,
    as_of: input.asOf ?? null,
  };
}

/** Phase 2: its failure costs the answer nothing but better parameters. */
async function analyse(run: PhaseRun, ports: AskPorts, input: JsonObject): Promise<readonly AnalyserReport[]> {
  const reports = new PhaseReports(ports.analysers.analysis);
  try {
    await runPhase(run, 'analysis', (signal) => reports.collect(input, signal, run.left));
  } catch (error) {
    if (run.signal.aborted) throw error;
  }
  return reports.read();
}

function optimizationInput(
  ctx: RequestContext,
  request: AnalyserRequest,
  context: RetrievedContext,
  analysis: readonly AnalyserReport[],
  security: readonly AnalyserReport[],
): JsonObject {
  const complexity = reportedNumber(analysis, 'complexity_score', -1);
  return {
    ...request,
    context: { found: context.found.length },
    analysis: complexity < 0 ? { fallback: true } : { complexity_score: complexity },
    security: { trust_level: ctx.principal.trust, validators: security.map(({ name }) => name) },
  };
}
