/** Conditions of rule articles over a proposal: small, total, and without a way to loop. */
import { Json, Kind } from '@forge-cascade/overlay-sdk/guest';

/** What was wrong with a condition that was read last; empty when nothing was. */
export let conditionFault: string = '';

export function clearFault(): void {
  conditionFault = '';
}

/** Whether the condition holds of the subject. A faulty condition holds of nothing and leaves {@link conditionFault}. */
export function holds(condition: Json, subject: Json): bool {
  if (condition.kind != Kind.OBJECT) return faulty('a condition must be an object');
  const all = condition.field('all');
  if (all !== null) return every(all, subject);
  const any = condition.field('any');
  if (any !== null) return some(any, subject);
  const not = condition.field('not');
  if (not !== null) {
    const inner = holds(not, subject);
    return conditionFault.length == 0 && !inner;
  }
  const field = condition.field('field');
  if (field === null || field.kind != Kind.TEXT) return faulty('a condition needs `field`, `all`, `any` or `not`');
  return compares(condition, subject, field.text().split('.'));
}

function every(list: Json, subject: Json): bool {
  if (list.kind != Kind.LIST) return faulty('`all` must be a list of conditions');
  let item = list.first;
  while (item !== null) {
    if (!holds(item, subject)) return false;
    item = item.next;
  }
  return true;
}

function some(list: Json, subject: Json): bool {
  if (list.kind != Kind.LIST) return faulty('`any` must be a list of conditions');
  let item = list.first;
  while (item !== null) {
    if (holds(item, subject)) return true;
    item = item.next;
  }
  return false;
}

function compares(condition: Json, subject: Json, path: string[]): bool {
  const exists = condition.field('exists');
  if (exists !== null) {
    const there = matches(subject, path, 0, null, Kind.NULL);
    return exists.kind == Kind.FALSE ? !there : there;
  }
  const is = condition.field('is');
  if (is !== null) return matches(subject, path, 0, is, Kind.TRUE);
  const contains = condition.field('contains');
  if (contains !== null) return matches(subject, path, 0, contains, Kind.TEXT);
  const least = condition.field('at_least');
  if (least !== null) return matches(subject, path, 0, least, Kind.NUMBER);
  const most = condition.field('at_most');
  if (most !== null) return matches(subject, path, 0, most, Kind.LIST);
  return faulty('a condition needs `is`, `contains`, `at_least`, `at_most` or `exists`');
}

/**
 * Whether a value at the path passes; in a list any of its items may.
 * @param test how it is compared: NULL there at all, TRUE equal, TEXT contains, NUMBER at least, LIST at most
 */
function matches(at: Json | null, path: string[], from: i32, wanted: Json | null, test: Kind): bool {
  if (at === null) return false;
  if (at.kind == Kind.LIST) {
    let item = at.first;
    while (item !== null) {
      if (matches(item, path, from, wanted, test)) return true;
      item = item.next;
    }
    return false;
  }
  if (from < path.length) return matches(at.field(path[from]), path, from + 1, wanted, test);
  if (test == Kind.NULL || wanted === null) return at.kind != Kind.NULL;
  if (test == Kind.TRUE) return equalsAny(at, wanted);
  if (test == Kind.TEXT) return at.text().toLowerCase().includes(wanted.text().toLowerCase()) && wanted.length > 0;
  if (at.kind != Kind.NUMBER || wanted.kind != Kind.NUMBER) return false;
  return test == Kind.NUMBER ? at.number >= wanted.number : at.number <= wanted.number;
}

/** `is` takes one value or a list of them. */
function equalsAny(value: Json, wanted: Json): bool {
  if (wanted.kind != Kind.LIST) return equals(value, wanted);
  let item = wanted.first;
  while (item !== null) {
    if (equals(value, item)) return true;
    item = item.next;
  }
  return false;
}

function equals(a: Json, b: Json): bool {
  if (a.kind != b.kind) return false;
  if (a.kind == Kind.NUMBER) return a.number == b.number;
  if (a.kind == Kind.TEXT) return a.length == b.length && memory.compare(a.at, b.at, a.length) == 0;
  return a.kind != Kind.OBJECT && a.kind != Kind.LIST;
}

function faulty(what: string): bool {
  if (conditionFault.length == 0) conditionFault = what;
  return false;
}
