/**
 * The answer provider that needs nothing: it quotes. Every sentence is an exact substring of a cited capsule; the same
 * sources and question give the same answer.
 * @module
 */
import type { AnswerProvider, AnswerRequest, ProvidedAnswer, Source } from './answer-provider.js';
import { candidatesOf, goesBy, type Candidate } from './candidates.js';
import { focusWords, pointsElsewhere } from './cues.js';
import { namesOf, type Label } from './labels.js';
import { readQuestion, type Question } from './question.js';
import { pointedTo, rank, select, type Choice } from './select.js';
import { Rarity, weighPart, type WeighedPart } from './weigh.js';

/** Said when nothing found bears on the question. */
export const NOTHING_FOUND = 'Nothing in this memory answers the question.';

const MOST_SENTENCES = 6;
const SENTENCES_PER_PART = 3;
/** References followed, and sentences quoted from each. */
const MOST_FOLLOWED = 2;
const SENTENCES_PER_REFERENCE = 2;
const HITS_PER_REFERENCE = 4;
const HITS_WITHIN_REFERENCE = 5;

export const extractiveAnswers: AnswerProvider = {
  model: 'extractive-1',
  answer: answerByQuoting,
};

async function answerByQuoting(request: AnswerRequest, signal: AbortSignal): Promise<ProvidedAnswer> {
  const question = readQuestion(request.query);
  const candidates = request.sources.flatMap(candidatesOf);
  const parts = weighParts(question, candidates);
  const rankings = parts.map((part) => rank(part, candidates));
  const first = select(rankings, MOST_SENTENCES, SENTENCES_PER_PART);
  const followed = await follow(request, question, first, signal);
  if (followed.length === 0) return compose(first);
  return compose(withFollowed(first, followed, parts));
}

function weighParts(question: Question, candidates: readonly Candidate[]): readonly WeighedPart[] {
  const rarity = new Rarity(candidates, question.terms);
  return question.parts.map((part) => weighPart(part, rarity));
}

interface Followed {
  readonly label: Label;
  readonly candidates: readonly Candidate[];
}

/** The second hop: documents that the chosen sentences point to, looked up by name and then looked into. */
async function follow(
  request: AnswerRequest,
  question: Question,
  choices: readonly Choice[],
  signal: AbortSignal,
): Promise<readonly Followed[]> {
  const labels = pointedTo(choices, question.labels, pointsElsewhere).slice(0, MOST_FOLLOWED);
  return (
    await Promise.all(
      labels.map(async (label): Promise<Followed> => {
        const sources = new Map<string, Source>();
        const keep = (found: readonly Source[]): void => {
          for (const source of found) if (namesOf(source.capsule).has(label)) sources.set(source.capsule.id, source);
        };
        keep(request.sources);
        keep(await request.findMore(label, { limit: HITS_PER_REFERENCE }));
        signal.throwIfAborted();
        const within = [...sources.values()].find(({ capsule }) => capsule.position !== null)?.capsule.collection;
        if (within !== undefined && within !== null) {
          const query = `${question.labels.join(' ')} ${focusWords(question.parts)} ${question.text}`;
          keep(await request.findMore(query, { limit: HITS_WITHIN_REFERENCE, collection: within }));
          signal.throwIfAborted();
        }
        return { label, candidates: [...sources.values()].flatMap(candidatesOf) };
      }),
    )
  ).filter(({ candidates }) => candidates.length > 0);
}

/** Makes room for what was followed: a pointer without what it points to is half an answer. */
function withFollowed(
  first: readonly Choice[],
  followed: readonly Followed[],
  parts: readonly WeighedPart[],
): readonly Choice[] {
  const room = Math.max(parts.length, MOST_SENTENCES - followed.length * SENTENCES_PER_REFERENCE);
  let choices: readonly Choice[] = first.slice(0, room);
  for (const { label, candidates } of followed) {
    const pointing = first.find(({ candidate }) => candidate.labels.has(label));
    const part = pointing?.part ?? 0;
    const rankings = parts.map((weighed) => rank(weighed, candidates));
    // Sentences that speak of both ends of the reference, judged by the part they would answer.
    const back = rankings.map((ranking, index) =>
      ranking.filter(({ candidate }) => parts[index]?.labels.some(([named]) => candidate.labels.has(named)) ?? false),
    );
    const taken = select(back, choices.length + 1, 1, []).slice(0, 1);
    const definition = openingOf(candidates, label);
    choices = [...choices, ...taken, ...(definition === undefined ? [] : [{ ...definition, part }])];
  }
  return choices.slice(0, MOST_SENTENCES);
}

const OPENING = /\b(?:proposes?|describes?|adds|introduces?|defines?|specifies|provides?|document(?:s)?)\b/iu;

/** The sentence by which a document says what it is. */
function openingOf(candidates: readonly Candidate[], label: Label): Omit<Choice, 'part'> | undefined {
  let opening: Candidate | undefined;
  let score = 0;
  for (const candidate of candidates) {
    if (candidate.kind === 'field' || !goesBy(candidate, label)) continue;
    const value =
      (OPENING.test(candidate.text) ? 1 : 0) +
      (/\bthis\b/iu.test(candidate.text) ? 0.5 : 0) +
      (/\b(?:abstract|introduction|summary|overview)\b/iu.test(candidate.heading) ? 1 : 0) +
      1 / (1 + candidate.order);
    if (value > score && value >= 2) {
      opening = candidate;
      score = value;
    }
  }
  return opening === undefined ? undefined : { candidate: opening, cover: 0, score };
}

/** Quotes in the order of the question's parts; sentences that follow each other in the source become one quote. */
function compose(choices: readonly Choice[]): ProvidedAnswer {
  if (choices.length === 0) return { text: NOTHING_FOUND, citations: [] };
  const ordered = choices
    .map((choice, rankOf) => ({ choice, rankOf }))
    .sort((a, b) => a.choice.part - b.choice.part || a.rankOf - b.rankOf)
    .map(({ choice }) => choice.candidate);
  const quotes: { readonly source: Source; start: number; end: number }[] = [];
  for (const { source, start, end } of ordered) {
    const neighbour = quotes.find(
      (quote) =>
        quote.source === source &&
        (isBlank(source.content, quote.end, start) || isBlank(source.content, end, quote.start)),
    );
    if (neighbour === undefined) {
      quotes.push({ source, start, end });
    } else {
      neighbour.start = Math.min(neighbour.start, start);
      neighbour.end = Math.max(neighbour.end, end);
    }
  }
  const citations = quotes.map(({ source, start, end }) => ({
    capsuleId: source.capsule.id,
    quote: source.content.slice(start, end),
  }));
  const text = citations.map(({ quote }, index) => `${quote.replace(/\s+/gu, ' ')} [${index + 1}]`).join('\n');
  return { text, citations };
}

function isBlank(content: string, from: number, to: number): boolean {
  return from <= to && to - from < 8 && content.slice(from, to).trim() === '';
}
