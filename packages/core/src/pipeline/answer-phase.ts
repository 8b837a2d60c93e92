/**
 * Phase 5: the answer, from the cache or from the provider, held against the capsules it cites.
 * @module
 */
import type { CapsuleRecord } from '../capsule/capsule.js';
import { DomainError } from '../errors.js';
import type { Principal } from '../principal.js';
import type {
  AnswerListener,
  AnswerRequest,
  ProvidedAnswer,
  ProvidedCitation,
  Source,
} from './answer/answer-provider.js';
import type { AskInput } from './ask-input.js';
import type { AskPorts, Citation } from './ask-ports.js';
import { answerKey, type KeptAnswer, type KeptLookup } from './cache/answer-cache.js';
import type { ObtainedAnswer } from './cache/cached-answers.js';
import { foundSource, standingOf, type FoundSource } from './cache/source-standing.js';
import { mayBeCited, type ContextReader, type RetrievedContext } from './context.js';
import type { AskFollower } from './follower.js';
import type { OptimizationHints } from './optimization.js';
import { runPhase, type PhaseRun } from './phase.js';

export interface Cited {
  readonly capsule: CapsuleRecord;
  readonly quote: string;
}

export interface Answered {
  readonly provided: ProvidedAnswer;
  readonly cited: readonly Cited[];
  /** True when the provider was not asked for it. */
  readonly cached: boolean;
}

/** What was read out before the answer was whole. */
export class Transcript {
  text = '';
  citations: ProvidedCitation[] = [];

  void(): void {
    this.text = '';
    this.citations = [];
  }
}

export interface AnswerWork {
  readonly run: PhaseRun;
  readonly ports: AskPorts;
  readonly reader: ContextReader;
  readonly principal: Principal;
  readonly input: AskInput;
  readonly context: RetrievedContext;
  /** Searches, for a context that was only recalled. */
  readonly gather: (signal: AbortSignal) => Promise<RetrievedContext & { readonly sources: readonly Source[] }>;
  readonly hints: OptimizationHints;
  readonly follower: AskFollower | null;
  /** Filled in while the answer is read out. */
  readonly transcript: Transcript;
}

/** A source was retracted, quarantined or erased after it was found. */
class SourceWithdrawn extends Error {
  constructor(readonly ids: readonly string[]) {
    super('A source was withdrawn');
  }
}

/** A source that was withdrawn while the answer was made costs one more try without it. */
export async function answer(work: AnswerWork): Promise<Answered> {
  const barred = new Set<string>();
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const { answer: provided, cached } = await runPhase(work.run, 'intelligence', (signal) =>
        obtain(work, barred, signal),
      );
      return { provided, cached, cited: await check(work.ports, provided.citations) };
    } catch (error) {
      if (!(error instanceof SourceWithdrawn)) throw error;
      for (const id of error.ids) barred.add(id);
      if (work.transcript.text !== '') {
        work.transcript.void();
        await work.follower?.restart('source_withdrawn');
      }
    }
  }
  throw new DomainError('CONTENTION', 'The capsules this answer rests on keep changing');
}

async function obtain(work: AnswerWork, barred: ReadonlySet<string>, signal: AbortSignal): Promise<ObtainedAnswer> {
  const { ports, hints, context } = work;
  const cache = hints.cacheStrategy === 'versions' ? ports.cachedAnswers : null;
  const admitted = (found: readonly FoundSource[]): readonly FoundSource[] => found.filter(({ id }) => !barred.has(id));
  const holds = async ({ lookups }: KeptAnswer): Promise<boolean> => {
    const found = await Promise.all(lookups.map(({ name, query }) => work.reader.standingOfNamed(name, query)));
    return lookups.every((lookup, index) => lookup.found === standingOf(admitted(found[index] ?? [])));
  };
  const keyOf = ({ found }: RetrievedContext): string => keyFor(work, admitted(found.slice(0, hints.sourceLimit)));
  if (context.sources === null) {
    const kept = (await cache?.find({ key: keyOf(context), holds })) ?? null;
    if (kept !== null) return { answer: kept.answer, cached: true };
  }
  const gathered = context.sources === null ? await work.gather(signal) : { ...context, sources: context.sources };
  const make = (): Promise<KeptAnswer> => makeAnswer(work, gathered.sources, barred, signal);
  if (cache === null) return { answer: (await make()).answer, cached: false };
  return cache.obtain({ key: keyOf(gathered), holds, make, signal });
}

function keyFor({ ports, input, principal, hints }: AnswerWork, found: readonly FoundSource[]): string {
  const { answerProvider } = ports;
  const { parameters } = hints;
  return answerKey({
    input,
    principal,
    found,
    model: `${answerProvider.provider ?? ''}/${answerProvider.modelAt?.(parameters.tier) ?? answerProvider.model}`,
    parameters,
  });
}

/** Asks the provider, and notes what it looked up. */
async function makeAnswer(
  work: AnswerWork,
  sources: readonly Source[],
  barred: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<KeptAnswer> {
  const { reader, input, hints } = work;
  const admitted = (found: readonly Source[]): readonly Source[] =>
    found.filter(({ capsule }) => !barred.has(capsule.id));
  const lookups: KeptLookup[] = [];
  const request: AnswerRequest = {
    query: input.query,
    sources: admitted(sources.slice(0, hints.sourceLimit)),
    parameters: hints.parameters,
    async findNamed(name, query) {
      // Its place is taken at once: look-ups run side by side and must be repeated in the order they were made.
      const place = lookups.push({ name, query, found: '' }) - 1;
      const found = admitted(await reader.findNamed(name, query));
      lookups[place] = { name, query, found: standingOf(found.map(foundSource)) };
      return found;
    },
  };
  return { answer: await provide(work, request, signal), lookups };
}

function provide(work: AnswerWork, request: AnswerRequest, signal: AbortSignal): Promise<ProvidedAnswer> {
  const { ports, follower } = work;
  const { answerProvider } = ports;
  if (follower === null || answerProvider.stream === undefined) return answerProvider.answer(request, signal);
  return answerProvider.stream(request, signal, readingOut(work, follower));
}

/** Nothing is read out before the capsules it cites have been looked at again. */
function readingOut({ ports, reader, transcript }: AnswerWork, follower: AskFollower): AnswerListener {
  return {
    async piece({ text, citations }) {
      for (const cited of await check(ports, citations)) {
        const number = transcript.citations.push({ capsuleId: cited.capsule.id, quote: cited.quote });
        await follower.citation(number, await citationOf(reader, cited));
      }
      transcript.text += text;
      await follower.delta(text);
    },
    async restart(reason) {
      if (transcript.text === '') return;
      transcript.void();
      await follower.restart(reason);
    },
  };
}

/** The capsules as they are now. @throws SourceWithdrawn; DomainError UNAVAILABLE for a quote that is none. */
async function check(ports: AskPorts, citations: readonly ProvidedCitation[]): Promise<readonly Cited[]> {
  if (citations.length === 0) return [];
  const records = await ports.capsules(citations.map(({ capsuleId }) => capsuleId));
  const withdrawn: string[] = [];
  const cited: Cited[] = [];
  for (const [index, { capsuleId, quote }] of citations.entries()) {
    const capsule = records[index] ?? null;
    if (capsule === null || !mayBeCited(capsule)) withdrawn.push(capsuleId);
    else cited.push({ capsule, quote: exactQuote(capsule, quote) });
  }
  if (withdrawn.length > 0) throw new SourceWithdrawn(withdrawn);
  return cited;
}

function exactQuote(capsule: CapsuleRecord, quote: string): string {
  if (quote.trim() !== '' && capsule.content.includes(quote)) return quote;
  throw new DomainError('UNAVAILABLE', 'The answer provider quoted what its source does not say', {
    capsule_id: capsule.id,
  });
}

export async function citationOf(reader: ContextReader, { capsule, quote }: Cited): Promise<Citation> {
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
