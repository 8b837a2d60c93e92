/** Reading capsules. Needs the capability DATABASE_READ; what the overlay's principal may not see is not there. */
import { db_read } from './host';
import { JsonWriter } from './json-writer';
import { Reply, replyOf } from './reply';

export const enum Direction {
  ANCESTORS,
  DESCENDANTS,
}

/** @param request `{"op", "args"}` */
export function read(request: JsonWriter): Reply {
  return replyOf(db_read(request.address(), request.size()), request);
}

/** The capsule with that id; `ok` is a JSON null where there is none. */
export function capsule(id: string): Reply {
  return read(operation('capsule.get').text('id', id).close().close());
}

/** Conditions of a search. */
export class Search {
  /** Least chain trust; -1 for any. */
  minTrust: i32 = -1;
  tag: string = '';
  collection: string = '';

  constructor(
    readonly query: string,
    readonly limit: i32 = 10,
  ) {}
}

/** `ok` is `{"items": [{"capsule", "score", "passage"}]}`. */
export function search(what: Search): Reply {
  const request = operation('capsule.search').text('query', what.query).int('limit', what.limit);
  if (what.minTrust >= 0) request.int('min_trust', what.minTrust);
  if (what.tag.length > 0) request.text('tag', what.tag);
  if (what.collection.length > 0) request.text('collection', what.collection);
  return read(request.close().close());
}

/** `ok` is `{"nodes", "edges", "truncated"}`. @param depth edges to follow; 0 to the end */
export function lineage(id: string, direction: Direction, depth: i32 = 0): Reply {
  const way = direction == Direction.ANCESTORS ? 'ancestors' : 'descendants';
  const request = operation('capsule.lineage').text('id', id).text('direction', way);
  if (depth > 0) request.int('depth', depth);
  return read(request.close().close());
}

/** `ok` is `{"items": [{"capsule", "score"}]}`. */
export function similar(id: string, limit: i32 = 10): Reply {
  return read(operation('capsule.similar').text('id', id).int('limit', limit).close().close());
}

function operation(name: string): JsonWriter {
  return new JsonWriter(256).open().text('op', name).open('args');
}
