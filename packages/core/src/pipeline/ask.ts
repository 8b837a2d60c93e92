/**
 * The seven phases of an answer. Context, analysis and security run side by side; optimization and intelligence follow;
 * one commit records the run before the answer is given; metrics and storage are promised by that commit.
 * @module
 */
import type { CapsuleRecord } from '../capsule/capsule.js';
import { DomainError } from '../errors.js';
import type { JsonObject } from '../ledger/json.js';
import type { RequestContext } from '../principal.js';
import { PhaseReports, receiptsOf, reportedNumber, type AnalyserReport } from './analyse.js';
import type { ProvidedAnswer, Source } from './answer/answer-provider.js';
import { readQuestion } from './answer/question.js';
import { checkAskInput } from './ask-input.js';
import type { AskInput, AskPorts, AskResult, Citation } from './ask-ports.js';
import { ContextReader, mayBeCited, type RetrievedContext } from './context.js';
import { optimise, type Optimization } from './optimization.js';
import { runPhase, type PhaseRun, type TimedPhase } from './phase.js';
import { recordRun } from './run-record.js';
import { assess, requireTrust } from './security.js';

/**
 * Answers a question from the memory and records the run.
 * @throws DomainError INVALID_INPUT; POLICY_DENIED with `reason` and `correlation_id`; UNAVAILABLE when the context,
 * the answer provider or a deadline fails; IDEMPOTENCY_MISMATCH; CONTENTION.
 */
export async function ask(ports: AskPorts, ctx: RequestContext, input: AskInput): Promise<AskResult> {
  checkAskInput(input);
  const { clock, settings } = ports;
  const started = clock.now();
  const given = new AbortController();
  const timings: Partial<Record<TimedPhase, number>> = {};
  const run: PhaseRun = {
    clock,
    correlationId: ctx.correlationId,
    deadlines: settings.deadlines,
    signal: given.signal,
    timings,
  };
  try {
    const request = requestOf(ctx, input, settings.requiredTrust);
    requireTrust(ctx.principal.trust, request.required_trust, ctx.correlationId);
    const reader = new ContextReader(ports, input, settings.lookups);
    const question = readQuestion(input.query);
    const [context, analysis, security] = await Promise.all([
      runPhase(run, 'context', (signal) => reader.gather(question, input.limit ?? settings.contextLimit, signal)),
      analyse(run, ports, request),
      assess(run, ports.analysers.security, request),
    ]);
    const optimization = await optimise(
      run,
      ports.analysers.optimization,
      optimizationInput(ctx, request, context, analysis, security),
      context.sources.length,
    );
    const answered = await answer(run, ports, reader, input.query, context, optimization);
    const citations = await Promise.all(answered.cited.map((cited) => citationOf(reader, cited)));
    const committing = clock.now();
    const correlationId = await recordRun(ports, ctx, {
      query: input.query,
      answer: answered.provided,
      model: ports.answerProvider.model,
      hints: optimization.hints,
      timings,
      receipts: [
        ...receiptsOf('analysis', analysis),
        ...receiptsOf('security', security),
        ...receiptsOf('optimization', optimization.reports),
      ],
      complexity: reportedNumber(analysis, 'complexity_score', -1),
      saveAsCapsule: input.saveAsCapsule ?? false,
    });
    const ended = clock.now();
    return {
      answer: answered.provided.text,
      citations,
      correlationId,
      timing: { totalMs: ended - started, phases: { ...timings, commit: ended - committing } },
      warnings: warningsOf(citations, context, analysis),
    };
  } catch (error) {
    // Phases still under way have nobody left to answer.
    given.abort(error);
    throw error;
  }
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
    await runPhase(run, 'analysis', (signal) => reports.collect(input, signal));
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
    context: { found: context.sources.length },
    analysis: complexity < 0 ? { fallback: true } : { complexity_score: complexity },
    security: { trust_level: ctx.principal.trust, validators: security.map(({ name }) => name) },
  };
}

interface Cited {
  readonly capsule: CapsuleRecord;
  readonly quote: string;
}

interface Answered {
  readonly provided: ProvidedAnswer;
  readonly cited: readonly Cited[];
}

/** Phase 5. A source that was retracted or quarantined while the answer was made costs one more try without it. */
async function answer(
  run: PhaseRun,
  ports: AskPorts,
  reader: ContextReader,
  query: string,
  context: RetrievedContext,
  { hints }: Optimization,
): Promise<Answered> {
  const barred = new Set<string>();
  const admitted = (sources: readonly Source[]): readonly Source[] =>
    sources.filter(({ capsule }) => !barred.has(capsule.id));
  for (let attempt = 0; attempt < 2; attempt++) {
    const provided = await runPhase(run, 'intelligence', (signal) =>
      ports.answerProvider.answer(
        {
          query,
          sources: admitted(context.sources.slice(0, hints.sourceLimit)),
          parameters: hints.parameters,
          findNamed: async (name, about) => admitted(await reader.findNamed(name, about)),
        },
        signal,
      ),
    );
    const records = await ports.capsules(provided.citations.map(({ capsuleId }) => capsuleId));
    const cited: Cited[] = [];
    for (const [index, { capsuleId, quote }] of provided.citations.entries()) {
      const capsule = records[index] ?? null;
      if (capsule === null || !mayBeCited(capsule)) barred.add(capsuleId);
      else cited.push({ capsule, quote: exactQuote(capsule, quote) });
    }
    if (cited.length === provided.citations.length) return { provided, cited };
  }
  throw new DomainError('CONTENTION', 'The capsules this answer rests on keep changing');
}

function exactQuote(capsule: CapsuleRecord, quote: string): string {
  if (quote.trim() !== '' && capsule.content.includes(quote)) return quote;
  throw new DomainError('UNAVAILABLE', 'The answer provider quoted what its source does not say', {
    capsule_id: capsule.id,
  });
}

async function citationOf(reader: ContextReader, { capsule, quote }: Cited): Promise<Citation> {
  return {
    capsuleId: capsule.id,
    seriesId: capsule.seriesId,
    version: capsule.version,
    title: capsule.title,
    quote,
    chainTrust: capsule.chainTrust,
    tainted: capsule.tainted,
    warned: capsule.warned,
    collection: capsule.collection,
    position: capsule.position,
    lineage: await reader.lineageOf(capsule),
  };
}

function warningsOf(
  citations: readonly Citation[],
  context: RetrievedContext,
  analysis: readonly AnalyserReport[],
): readonly string[] {
  const warnings: string[] = [];
  for (const [index, { tainted, warned }] of citations.entries()) {
    if (tainted) warnings.push(`[${index + 1}] rests on a capsule that was retracted or quarantined.`);
    else if (warned)
      warnings.push(`[${index + 1}] cites, directly or not, a capsule that was retracted or quarantined.`);
  }
  if (context.lag > 0) warnings.push(`${context.lag} capsules are not in the search index yet.`);
  if (analysis.some(({ fallback }) => fallback)) warnings.push('The request was answered without its full analysis.');
  return warnings;
}
