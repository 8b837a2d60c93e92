import type { NearDuplicateBody } from '@forge-cascade/api';
import { describe, expect, it } from 'vitest';
import { describeNearDuplicate } from './capsule-text.js';

const near = (more: Partial<NearDuplicateBody>): string =>
  describeNearDuplicate(
    {
      ...{ id: 'ID', series_id: 'S', title: 'Retention', collection: null, parts: 1 },
      ...{ resemblance: 0.5, in_this: 0.5, in_new: 0.5, ...more },
    },
    (_, text) => text,
  );

describe('the line about a near-duplicate', () => {
  it('[CLI-12] says which way round the words are the same, and calls nothing the same that is not', () => {
    expect(near({ resemblance: 1, in_this: 1, in_new: 1 })).toBe('the same words as Retention  ID');
    expect(near({ resemblance: 0.7, in_this: 0.7, in_new: 1 })).toBe(
      'all the words of Retention are in it, and more  ID',
    );
    expect(near({ resemblance: 0.4, in_this: 1, in_new: 0.4 })).toBe(
      'its words are all in Retention, which says more  ID',
    );
    expect(near({ in_this: 0.2, in_new: 0.999 })).toBe('99 % of the words of Retention are in it  ID');
    expect(near({ in_this: 0.85, in_new: 0.1 })).toBe('85 % of its words are in Retention  ID');
    expect(near({ resemblance: 0.999, in_this: 0.999, in_new: 0.98 })).toBe('98 % the same words as Retention  ID');
    expect(near({ in_this: 0.2, in_new: 1, parts: 5, collection: 'docs/guide' })).toBe(
      '5 parts or more of docs/guide are in it, such as Retention  ID',
    );
  });
});
