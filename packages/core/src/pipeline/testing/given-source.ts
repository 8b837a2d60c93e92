/** A source as the context phase finds it. @module */
import type { CapsuleHeader } from '../../capsule/capsule.js';
import type { Source } from '../answer/answer-provider.js';

export function givenSource(id: string, content: string, more: Partial<CapsuleHeader> = {}): Source {
  const capsule: CapsuleHeader = {
    seq: 1,
    id,
    seriesId: `series-${id}`,
    headId: id,
    isHead: true,
    version: '1.0.0',
    key: null,
    ownerId: 'owner',
    parentId: null,
    summary: '',
    archived: false,
    createdAt: '2024-01-01T00:00:00.000Z',
    updatedAt: '2024-01-01T00:00:00.000Z',
    type: 'knowledge',
    title: null,
    tags: [],
    collection: null,
    position: null,
    validFrom: null,
    validTo: null,
    trust: 60,
    retracted: false,
    chainTrust: 60,
    tainted: false,
    warned: false,
    ...more,
  };
  return { capsule, content, passage: { text: content, start: 0, end: content.length }, score: 1 };
}
