/**
 * Whether a condition can be read, told before any proposal is held against it: a part that is never reached because
 * another one decided first must not hide that the rule is faulty.
 */
import { Json, Kind } from '@forge-cascade/overlay-sdk/guest';

/** What is wrong with a condition; empty where nothing is. */
export function conditionFault(condition: Json): string {
  if (condition.kind != Kind.OBJECT) return 'a condition must be an object';
  const all = condition.field('all');
  if (all !== null) return groupFault(condition, all, 'all');
  const any = condition.field('any');
  if (any !== null) return groupFault(condition, any, 'any');
  const not = condition.field('not');
  if (not !== null) return condition.count == 1 ? conditionFault(not) : '`not` stands alone in a condition';
  return comparisonFault(condition);
}

function groupFault(condition: Json, list: Json, name: string): string {
  if (condition.count != 1) return '`' + name + '` stands alone in a condition';
  if (list.kind != Kind.LIST) return '`' + name + '` must be a list of conditions';
  let item = list.first;
  while (item !== null) {
    const inner = conditionFault(item);
    if (inner.length > 0) return inner;
    item = item.next;
  }
  return '';
}

function comparisonFault(condition: Json): string {
  const field = condition.field('field');
  if (field === null || field.kind != Kind.TEXT) return 'a condition needs `field`, `all`, `any` or `not`';
  if (!isPath(field)) return '`field` must be names joined by dots';
  const is = condition.field('is');
  const contains = condition.field('contains');
  const least = condition.field('at_least');
  const most = condition.field('at_most');
  const exists = condition.field('exists');
  if (is === null && contains === null && least === null && most === null && exists === null)
    return 'a condition needs `is`, `contains`, `at_least`, `at_most` or `exists`';
  // Of two comparisons one would be left out without a word.
  if (condition.count != 2) return 'a condition compares `field` in one way';
  if (is !== null && !isScalars(is)) return '`is` must be a value or a list of them';
  if (contains !== null && (contains.kind != Kind.TEXT || contains.length == 0)) return '`contains` must be a text';
  if (least !== null && least.kind != Kind.NUMBER) return '`at_least` must be a number';
  if (most !== null && most.kind != Kind.NUMBER) return '`at_most` must be a number';
  if (exists !== null && exists.kind != Kind.TRUE && exists.kind != Kind.FALSE) return '`exists` must be true or false';
  return '';
}

function isScalars(value: Json): bool {
  if (value.kind == Kind.OBJECT) return false;
  if (value.kind != Kind.LIST) return true;
  let item = value.first;
  while (item !== null) {
    if (item.kind == Kind.OBJECT || item.kind == Kind.LIST) return false;
    item = item.next;
  }
  return value.count > 0;
}

/** Names of letters, figures and `_`, none beginning with a figure, joined by dots. */
function isPath(field: Json): bool {
  let opens = true;
  for (let i = 0; i < field.length; i++) {
    const c = load<u8>(field.at + i);
    if (c == 46) {
      if (opens) return false;
      opens = true;
      continue;
    }
    const letter = ((c | 32) >= 97 && (c | 32) <= 122) || c == 95;
    if (!letter && (opens || c < 48 || c > 57)) return false;
    opens = false;
  }
  return !opens;
}
