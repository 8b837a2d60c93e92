/** Graphs of capsules whose shape a bench needs. */
import { aCapsule } from '@forge-cascade/core/contract';

const CARRYING = ['fork', 'merge', 'summary'];

/** `length` capsules, each derived from the one before. */
export function chain(length, fields) {
  const capsules = [];
  for (let i = 0; i < length; i++) {
    const before = capsules.at(-1);
    capsules.push(
      aCapsule({ ...fields(i), derivedFrom: before === undefined ? [] : [{ id: before.id, relation: 'fork' }] }),
    );
  }
  return capsules;
}

/**
 * `ancestors` capsules and a last one that rests on all of them, two or three parents each. Every capsule takes the
 * oldest one that nobody rests on yet and one or two of the latest `near`, so there are very many paths of very
 * different length to most of them.
 */
export function dagOfAncestors(ancestors, fields, random, { sources = 40, near = 200 } = {}) {
  const capsules = [];
  const unused = [];
  for (let i = 0; i <= ancestors; i++) {
    const left = ancestors - i;
    const parents = new Set();
    if (i >= sources) {
      // Towards the end everything still unused must be gathered up by the capsules that are left.
      const gathered = unused.length > left ? 3 : 1;
      for (const parent of unused.splice(0, gathered)) parents.add(parent);
      const wanted = random() < 0.5 ? 2 : 3;
      while (parents.size < wanted) parents.add(Math.max(0, i - 1 - Math.floor(random() * Math.min(i, near))));
    }
    const derivedFrom = [...parents].map((parent) => ({
      id: capsules[parent].id,
      relation: CARRYING[Math.floor(random() * CARRYING.length)],
      reason: random() < 0.5 ? 'rests on its findings' : null,
    }));
    capsules.push(aCapsule({ ...fields(i), derivedFrom }));
    for (const parent of parents) if (unused.includes(parent)) unused.splice(unused.indexOf(parent), 1);
    unused.push(i);
  }
  return capsules;
}

/**
 * `count` capsules that all rest on `root` by relations that carry trust, one or two parents each: some directly, most
 * by way of others, up to some tens of steps away.
 */
export function descendantsOf(root, count, fields, random) {
  const family = [root];
  for (let i = 0; i < count; i++) {
    const parents = new Set([Math.floor(family.length * random() ** 1.5)]);
    if (random() < 0.3) parents.add(Math.floor(family.length * random()));
    const derivedFrom = [...parents].map((at) => ({ id: family[at].id, relation: CARRYING[i % CARRYING.length] }));
    family.push(aCapsule({ ...fields(i), derivedFrom }));
  }
  return family.slice(1);
}

/** The capsules of `few` spread evenly among `many`, both in their own order. */
export function* spreadAmong(few, many, manyCount) {
  const step = Math.max(1, Math.floor(manyCount / few.length));
  let placed = 0;
  let i = 0;
  for (const capsule of many) {
    if (i++ % step === 0 && placed < few.length) yield few[placed++];
    yield capsule;
  }
  yield* few.slice(placed);
}
