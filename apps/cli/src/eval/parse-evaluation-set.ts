/**
 * The three files of a set, line by line. Every line that cannot be used is named; none is guessed at.
 * @module
 */
import { isJsonObject, jsonFault } from '../import/json-faults.js';
import type { ParsedSet, SetDocument, SetFault, SetFile, SetQuery } from './evaluation-set.js';

/** Characters of a question that the service takes. */
const MAX_QUESTION = 4_000;
/** Beyond it a gain of 2^relevance − 1 says nothing any more. */
const MAX_RELEVANCE = 100;

type Fields = Readonly<Record<string, unknown>>;

/** A field that is not what it should be; turned into a fault where the line is known. */
class BadField extends Error {}

/** @param texts the whole text of each file */
export function parseEvaluationSet(texts: Readonly<Record<SetFile, string>>): ParsedSet {
  const faults: SetFault[] = [];
  const documents = new Map<string, SetDocument>();
  const queries = new Map<string, SetQuery>();
  const judgements = new Map<string, Map<string, number>>();
  const unknown: SetFault[] = [];
  const unasked: SetFault[] = [];

  eachLine('docs.jsonl', texts, faults, (fields, line) => {
    const document = documentOf(fields, line);
    if (documents.has(document.id)) throw new BadField(`the id ${shown(document.id)} is taken by an earlier line`);
    documents.set(document.id, document);
  });
  eachLine('queries.jsonl', texts, faults, (fields) => {
    const query = queryOf(fields);
    if (queries.has(query.id)) throw new BadField(`the id ${shown(query.id)} is taken by an earlier line`);
    queries.set(query.id, query);
  });
  eachLine('qrels.jsonl', texts, faults, (fields, line) => {
    const [qid, docid] = [filled(fields, 'qid'), filled(fields, 'docid')];
    const relevance = relevanceOf(fields);
    if (relevance <= 0) return;
    if (!queries.has(qid)) {
      unasked.push({ file: 'qrels.jsonl', line, reason: `the query ${shown(qid)} is not in the set` });
      return;
    }
    if (!documents.has(docid)) {
      unknown.push({ file: 'qrels.jsonl', line, reason: `the document ${shown(docid)} is not in the set` });
    }
    const judged = judgements.get(qid) ?? new Map<string, number>();
    judgements.set(qid, judged.set(docid, relevance));
  });
  // Where no question is judged at all, these lines are why.
  if (judgements.size === 0 && faults.length === 0) faults.push(...unasked);
  const needed = [
    ['docs.jsonl', documents.size, 'documents'],
    ['queries.jsonl', queries.size, 'queries'],
    ['qrels.jsonl', judgements.size + unasked.length, 'relevant documents'],
  ] as const;
  for (const [file, size, what] of needed) {
    if (size === 0 && !faults.some((fault) => fault.file === file)) {
      faults.push({ file, line: null, reason: `holds no ${what}` });
    }
  }
  return {
    set: { documents: [...documents.values()], queries: [...queries.values()], judgements },
    faults,
    unknown,
    unasked,
  };
}

function eachLine(
  file: SetFile,
  texts: Readonly<Record<SetFile, string>>,
  faults: SetFault[],
  take: (fields: Fields, line: number) => void,
): void {
  for (const [at, raw] of texts[file].split('\n').entries()) {
    if (raw.trim() === '') continue;
    const line = at + 1;
    try {
      take(fieldsOf(raw), line);
    } catch (error) {
      if (!(error instanceof BadField)) throw error;
      faults.push({ file, line, reason: error.message });
    }
  }
}

function fieldsOf(raw: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch {
    throw new BadField('not valid JSON');
  }
  if (!isJsonObject(value)) throw new BadField('not a JSON object');
  const fault = jsonFault(value);
  if (fault !== null) throw new BadField(fault);
  return value;
}

function documentOf(fields: Fields, line: number): SetDocument {
  const { title = null, turn = null } = fields;
  if (title !== null && typeof title !== 'string') throw new BadField('"title" must be a text');
  if (turn !== null && !(Number.isSafeInteger(turn) && (turn as number) >= 0)) {
    throw new BadField('"turn" must be a whole number from 0 on');
  }
  return {
    id: filled(fields, 'id'),
    title: title === '' ? null : title,
    text: filled(fields, 'text'),
    group: named(fields, 'group'),
    session: named(fields, 'session'),
    turn: turn as number | null,
    line,
  };
}

function queryOf(fields: Fields): SetQuery {
  const text = filled(fields, 'text');
  if (text.length > MAX_QUESTION) {
    throw new BadField(`"text" has ${text.length} characters; a question may have ${MAX_QUESTION}`);
  }
  return { id: filled(fields, 'id'), text, group: named(fields, 'group'), category: named(fields, 'category') };
}

function filled(fields: Fields, name: string): string {
  const value = fields[name];
  if (value === undefined) throw new BadField(`has no "${name}"`);
  if (typeof value !== 'string' || value.trim() === '')
    throw new BadField(`"${name}" must be a text that is not empty`);
  return value;
}

/** A name, which may also be written as a number; null where there is none. */
function named(fields: Fields, name: string): string | null {
  const value = fields[name] ?? null;
  if (value === null) return null;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string' && value !== '') return value;
  throw new BadField(`"${name}" must be a text that is not empty, or a number`);
}

function relevanceOf(fields: Fields): number {
  const { rel } = fields;
  if (rel === undefined) throw new BadField('has no "rel"');
  if (typeof rel === 'number' && rel <= MAX_RELEVANCE) return rel;
  throw new BadField(`"rel" must be a number of at most ${MAX_RELEVANCE}`);
}

function shown(id: string): string {
  return id.length > 60 ? `${id.slice(0, 60)}…` : id;
}
