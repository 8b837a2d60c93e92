/** What capsules go by among the labels of a question. @module */
import type { CapsuleHeader } from '../../capsule/capsule.js';
import { headOfTitle, labelsOf, type Label } from '../../search/labels.js';

export { labelsOf, type Label };

/** What a capsule can be named by. */
export type Nameable = Pick<CapsuleHeader, 'title' | 'collection'> & Partial<Pick<CapsuleHeader, 'key'>>;

const naming = new WeakMap<Nameable, ReadonlySet<Label>>();

/** The labels a capsule goes by: those of its title, of its collection's last segment and of its key. */
export function namesOf(capsule: Nameable): ReadonlySet<Label> {
  let names = naming.get(capsule);
  if (names === undefined) {
    names = new Set([
      ...labelsOf(headOfTitle(capsule.title ?? '')),
      ...labelsOf(capsule.collection?.slice(capsule.collection.lastIndexOf('/') + 1) ?? ''),
      ...labelsOf(capsule.key?.slice(capsule.key.lastIndexOf('/') + 1) ?? ''),
    ]);
    naming.set(capsule, names);
  }
  return names;
}
