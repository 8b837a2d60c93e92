/**
 * The answer provider that needs nothing: it quotes. Every sentence is an exact substring of a cited capsule; the same
 * sources and question give the same answer.
 * @module
 */
import type { AnswerProvider, AnswerRequest, ProvidedAnswer, Source } from './answer-provider.js';
import { candidatesOf, goesBy, type Candidate } from './candidates.js';
import { focusWords } from './cues.js';
import { namesOf, type Label } from './labels.js';
import { asShown } from './marks.js';
import { NOTHING_FOUND } from './nothing-found.js';
import { ALL_RELEVANT, relevanceTo } from './relevance.js';
import { readQuestion, type Question } from './question.js';
import { isSame, pointedTo, rank, select, type Choice } from './select.js';
import { openness, Rarity, weighPart, type WeighedPart } from './weigh.js';

const MOST_SENTENCES = 6;
/** Where documents say what they are. */
const OPENING_WORDS = 'abstract introduction summary overview';
/** References followed, and sentences quoted from each. */
const MOST_FOLLOWED = 2;
const SENTENCES_PER_REFERENCE = 2;
/** Below this a sentence does not say what its document is. */
const LEAST_OPENNESS = 2;

const MADE_BY = { provider: 'extractive', model: 'extractive-1' } as const;

export const extractiveAnswers: AnswerProvider = {
  ...MADE_BY,
  answer: answerByQuoting,
};

async function answerByQuoting(request: AnswerRequest, signal: AbortSignal): Promise<ProvidedAnswer> {
  const question = readQuestion(request.query);
  const relevant = relevanceTo(question);
  const asked = new Set(question.terms);
  const candidates = request.sources.flatMap((source) =>
    // Every sentence of a document that the question names may speak of what was asked.
    candidatesOf(
      source,
      question.labels.some((label) => namesOf(source.capsule).has(label)) ? ALL_RELEVANT : relevant,
      asked,
    ),
  );
  const parts = weighParts(question, candidates);
  const rankings = parts.map((part) => rank(part, candidates));
  const first = select(parts, rankings, MOST_SENTENCES);
  const followed = await follow(request, question, parts, first, signal);
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
  parts: readonly WeighedPart[],
  choices: readonly Choice[],
  signal: AbortSignal,
): Promise<readonly Followed[]> {
  // What a named document says about itself outweighs what others say in passing.
  const own = choices.filter(({ candidate }) => question.labels.some((label) => goesBy(candidate, label)));
  const labels = [own, choices]
    .map((pointing) => pointedTo(pointing, parts, question.labels))
    .find((pointed) => pointed.length > 0)
    ?.slice(0, MOST_FOLLOWED);
  if (labels === undefined) return [];
  const query = `${question.labels.join(' ')} ${focusWords(question.parts)} ${OPENING_WORDS}`;
  const found = await Promise.all(
    labels.map(async (label): Promise<Followed> => {
      const sources = new Map(
        [...request.sources, ...(await request.findNamed(label, query))]
          .filter(({ capsule }) => namesOf(capsule).has(label))
          .map((source) => [source.capsule.id, source]),
      );
      return { label, candidates: [...sources.values()].flatMap((source) => candidatesOf(source, ALL_RELEVANT)) };
    }),
  );
  signal.throwIfAborted();
  return found.filter(({ candidates }) => candidates.length > 0);
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
    const said = speaksOfBoth(parts, candidates);
    const definition = openingOf(candidates, label);
    const further = [...said, ...(definition === undefined ? [] : [{ ...definition, part }])];
    for (const choice of further) {
      if (!choices.some(({ candidate }) => isSame(candidate, choice.candidate))) choices = [...choices, choice];
    }
  }
  return choices.slice(0, MOST_SENTENCES);
}

/** From the far end of a reference, the sentence that best speaks of what the question named. */
function speaksOfBoth(parts: readonly WeighedPart[], candidates: readonly Candidate[]): readonly Choice[] {
  let best: Choice | undefined;
  for (const [part, weighed] of parts.entries()) {
    const said = rank(weighed, candidates).find(({ candidate }) =>
      weighed.labels.some(([label]) => candidate.labels.has(label)),
    );
    if (said !== undefined && (best === undefined || said.score > best.score)) best = { ...said, part };
  }
  return best === undefined ? [] : [best];
}

/** The sentence by which a document says what it is. */
function openingOf(candidates: readonly Candidate[], label: Label): Omit<Choice, 'part'> | undefined {
  let opening: Candidate | undefined;
  let best = LEAST_OPENNESS;
  for (const candidate of candidates) {
    const value = goesBy(candidate, label) ? openness(candidate) : 0;
    if (value <= best) continue;
    opening = candidate;
    best = value;
  }
  return opening === undefined ? undefined : { candidate: opening, cover: 0, cue: 0, score: 0 };
}

/** Quotes in the order of the question's parts; sentences that follow each other in the source become one quote. */
function compose(choices: readonly Choice[]): ProvidedAnswer {
  if (choices.length === 0) return { text: NOTHING_FOUND, citations: [], sentences: [], madeBy: MADE_BY };
  const ordered = choices
    .map((choice, rankOf) => ({ choice, rankOf }))
    .sort((a, b) => a.choice.part - b.choice.part || a.rankOf - b.rankOf)
    .map(({ choice: { candidate } }) => ({
      source: candidate.source,
      start: candidate.leadIn ?? candidate.start,
      end: candidate.end,
    }));
  const quotes: { readonly source: Source; start: number; end: number }[] = [];
  for (const { source, start, end } of ordered) {
    const neighbour = quotes.find(
      (quote) =>
        quote.source.capsule.id === source.capsule.id &&
        touches(source.content, quote.end, start) &&
        touches(source.content, end, quote.start),
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
  const sentences = citations.map(({ quote }, index) => ({
    text: asShown(quote),
    citations: [index + 1],
    supported: true,
  }));
  const text = sentences.map((sentence, index) => `${sentence.text} [${index + 1}]`).join('\n');
  return { text, citations, sentences, madeBy: MADE_BY };
}

/** True when the second begins where the first ends, or before: nothing but white space lies between. */
function touches(content: string, end: number, start: number): boolean {
  return start - end < 8 && content.slice(end, start).trim() === '';
}
