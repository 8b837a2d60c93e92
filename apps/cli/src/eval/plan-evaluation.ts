/**
 * Where a set's documents go in a memory, and where its questions look for them: a group is a collection, a session one
 * below it, a turn the place in it.
 * @module
 */
import type { ImportPlan, PlannedCapsule } from '../import/import-plan.js';
import type { EvaluationSet, SetDocument, SetQuery } from './evaluation-set.js';

/** The collection of a set, apart from everything else that a memory holds. */
export function collectionOfSet(name: string): string {
  return `eval/${segment(name)}`;
}

/** The documents as an import: all on one level, since none derives from another. */
export function planEvaluation(name: string, { documents }: EvaluationSet): ImportPlan {
  const collection = collectionOfSet(name);
  return {
    rootName: name,
    collection,
    levels: [documents.map((document) => plannedCapsule(name, document))],
    documents: documents.length,
    sections: 0,
    relations: 0,
    problems: [],
  };
}

/** What a question may be answered from. */
export function scopeOf(name: string, { group }: Pick<SetQuery, 'group'>): string {
  return [collectionOfSet(name), ...(group === null ? [] : [segment(group)])].join('/');
}

export function keyOf(name: string, documentId: string): string {
  return `${collectionOfSet(name)}/${documentId}`;
}

/** The document a capsule of the set was made of; null for any other capsule. */
export function documentIdOf(name: string, key: string | null): string | null {
  const prefix = `${collectionOfSet(name)}/`;
  return key?.startsWith(prefix) === true ? key.slice(prefix.length) : null;
}

function plannedCapsule(name: string, document: SetDocument): PlannedCapsule {
  const { id, title, text, session, turn, line } = document;
  const scope = scopeOf(name, document);
  return {
    key: keyOf(name, id),
    title,
    content: text,
    type: 'knowledge',
    tags: [],
    metadata: {},
    collection: session === null ? scope : `${scope}/${segment(session)}`,
    position: turn,
    validFrom: null,
    validTo: null,
    derivedFrom: [],
    sectionOf: null,
    path: 'docs.jsonl',
    line,
  };
}

/** A name as one segment of a path, whatever it is. */
function segment(name: string): string {
  if (name === '.' || name === '..') return name.replaceAll('.', '%2E');
  return name.replaceAll('%', '%25').replaceAll('/', '%2F');
}
