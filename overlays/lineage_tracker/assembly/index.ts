/** Handlers of the lineage tracker. */
import { JsonWriter, healthy, readJson } from '@forge-cascade/overlay-sdk/guest';
import { ancestryOf } from './ancestry';
import { graded } from './grading';
import { MOST_NODES, laidOut } from './layers';
export { ov_alloc, ov_free } from '@forge-cascade/overlay-sdk/guest';

/** `{"id", "depth"?}` or `{"lineage"}` → how far the capsule can be relied on by where it comes from. */
export function grade(at: i32, length: i32): i64 {
  const ancestry = ancestryOf(readJson(at, length));
  return ancestry.fault.length > 0 ? fault(ancestry.fault, 'there is no such lineage') : graded(ancestry).result();
}

/** `{"id", "direction"?, "depth"?}` or `{"lineage"}` → coordinates of its nodes. */
export function layout(at: i32, length: i32): i64 {
  const ancestry = ancestryOf(readJson(at, length));
  if (ancestry.fault.length > 0) return fault(ancestry.fault, 'there is no such lineage');
  if (ancestry.ids.length > MOST_NODES)
    return fault('LIMIT', 'more than ' + MOST_NODES.toString() + ' nodes; ask for less depth');
  return laidOut(ancestry).result();
}

export function health_check(_at: i32, _length: i32): i64 {
  return healthy();
}

function fault(code: string, message: string): i64 {
  return new JsonWriter().open().open('error').text('code', code).text('message', message).close().close().result();
}
