/** Conditions of rule articles over a proposal: small, total, and without a way to loop. */
import { Json, Kind } from '@forge-cascade/overlay-sdk/guest';

/** Whether something holds; unknown where the proposal has a value there that cannot be compared. */
export const enum Truth {
  NO,
  UNKNOWN,
  YES,
}

/** Why something was unknown that was asked last; empty when nothing was. */
export let unknownBecause: string = '';

/** Whether the condition holds of the subject. @param condition one without a fault */
export function truthOf(condition: Json, subject: Json): Truth {
  unknownBecause = '';
  return holds(condition, subject);
}

function holds(condition: Json, subject: Json): Truth {
  const all = condition.field('all');
  if (all !== null) return least(all, subject);
  const any = condition.field('any');
  if (any !== null) return most(any, subject);
  const not = condition.field('not');
  if (not !== null) return opposite(holds(not, subject));
  return compares(condition, subject, condition.textOf('field'));
}

/** All of them hold where the least certain does: what is unknown decides only where nothing else does. */
function least(list: Json, subject: Json): Truth {
  let truth = Truth.YES;
  let item = list.first;
  while (item !== null) {
    const one = holds(item, subject);
    if (one == Truth.NO) return one;
    if (one < truth) truth = one;
    item = item.next;
  }
  return truth;
}

function most(list: Json, subject: Json): Truth {
  let truth = Truth.NO;
  let item = list.first;
  while (item !== null) {
    const one = holds(item, subject);
    if (one == Truth.YES) return one;
    if (one > truth) truth = one;
    item = item.next;
  }
  return truth;
}

function opposite(truth: Truth): Truth {
  return truth == Truth.UNKNOWN ? truth : truth == Truth.YES ? Truth.NO : Truth.YES;
}

const enum Test {
  EXISTS,
  IS,
  CONTAINS,
  AT_LEAST,
  AT_MOST,
}

function compares(condition: Json, subject: Json, field: string): Truth {
  const path = field.split('.');
  const exists = condition.field('exists');
  if (exists !== null) {
    const there = matches(subject, path, 0, exists, Test.EXISTS);
    return exists.kind == Kind.FALSE ? opposite(there) : there;
  }
  const is = condition.field('is');
  if (is !== null) return matches(subject, path, 0, is, Test.IS);
  let test = Test.CONTAINS;
  let wanted = condition.field('contains');
  if (wanted === null) {
    test = Test.AT_LEAST;
    wanted = condition.field('at_least');
  }
  if (wanted === null) {
    test = Test.AT_MOST;
    wanted = condition.field('at_most');
  }
  if (wanted === null) return Truth.UNKNOWN;
  const truth = matches(subject, path, 0, wanted, test);
  if (truth == Truth.UNKNOWN && unknownBecause.length == 0)
    unknownBecause = '`' + field + '` of the proposal is no ' + (test == Test.CONTAINS ? 'text' : 'number');
  return truth;
}

/** Whether a value at the path passes; in a list any of its items may. */
function matches(at: Json | null, path: string[], from: i32, wanted: Json, test: Test): Truth {
  if (at === null) return Truth.NO;
  if (at.kind == Kind.LIST) {
    let truth = Truth.NO;
    let item = at.first;
    while (item !== null) {
      const one = matches(item, path, from, wanted, test);
      if (one == Truth.YES) return one;
      if (one > truth) truth = one;
      item = item.next;
    }
    return truth;
  }
  if (from < path.length) return matches(at.field(path[from]), path, from + 1, wanted, test);
  if (test == Test.IS) return equalsAny(at, wanted) ? Truth.YES : Truth.NO;
  if (at.kind == Kind.NULL) return Truth.NO;
  if (test == Test.EXISTS) return Truth.YES;
  return ordered(at, wanted, test);
}

/** A text where a number is asked for would pass by a limit that it may well exceed: nobody can tell. */
function ordered(value: Json, wanted: Json, test: Test): Truth {
  if (value.kind != wanted.kind) return Truth.UNKNOWN;
  let passes: bool;
  if (test == Test.CONTAINS) passes = value.text().toLowerCase().includes(wanted.text().toLowerCase());
  else passes = test == Test.AT_LEAST ? value.number >= wanted.number : value.number <= wanted.number;
  return passes ? Truth.YES : Truth.NO;
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
