/** Changing what the memory holds. Needs DATABASE_WRITE, and for each operation the capability that the ABI names. */
import { db_write } from './host';
import { JsonWriter } from './json-writer';
import { Reply, replyOf } from './reply';

/** @param request `{"op", "args"}` */
export function write(request: JsonWriter): Reply {
  return replyOf(db_write(request.address(), request.size()), request);
}

export class NewCapsule {
  title: string = '';
  tags: string[] = [];
  /** A JSON object. */
  metadata: JsonWriter | null = null;
  /** A JSON list of parents, as in the REST interface. */
  derivedFrom: JsonWriter | null = null;

  constructor(
    readonly type: string,
    readonly content: string,
  ) {}
}

/** `ok` is `{"id"}`. Needs CAPSULE_CREATE. */
export function createCapsule(given: NewCapsule): Reply {
  const request = operation('capsule.create').text('type', given.type).text('content', given.content);
  if (given.title.length > 0) request.text('title', given.title);
  if (given.tags.length > 0) {
    request.openList('tags');
    for (let i = 0; i < given.tags.length; i++) request.text('', given.tags[i]);
    request.closeList();
  }
  const metadata = given.metadata;
  if (metadata !== null) request.json('metadata', metadata);
  const parents = given.derivedFrom;
  if (parents !== null) request.json('derived_from', parents);
  return write(request.close().close());
}

/** The next version of a series whose head is still `ifHead`; `ok` is `{"id"}`. Needs CAPSULE_MODIFY. */
export function addVersion(id: string, content: string, ifHead: string): Reply {
  return write(
    operation('capsule.version').text('id', id).text('content', content).text('if_head', ifHead).close().close(),
  );
}

export const enum Signal {
  HELPFUL,
  UNHELPFUL,
  CONFIRMED,
  DISPUTED,
}

const SIGNALS: StaticArray<string> = ['helpful', 'unhelpful', 'confirmed', 'disputed'];

/** A small, bounded piece of evidence; `ok` is `{"trust"}`. Needs CAPSULE_MODIFY. @param evidence a JSON object */
export function giveSignal(id: string, signal: Signal, evidence: JsonWriter | null = null): Reply {
  const request = operation('capsule.signal').text('id', id).text('signal', SIGNALS[signal]);
  if (evidence !== null) request.json('evidence', evidence);
  return write(request.close().close());
}

/** `ok` is `{"id"}`. Needs GOVERNANCE_VOTE. @param proposal a JSON object */
export function draftProposal(proposal: JsonWriter): Reply {
  return write(operation('proposal.draft').json('proposal', proposal).close().close());
}

function operation(name: string): JsonWriter {
  return new JsonWriter(256).open().text('op', name).open('args');
}
