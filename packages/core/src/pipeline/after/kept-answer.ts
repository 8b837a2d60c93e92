/** How an answer that was kept as a capsule is told from other insights. @module */
import type { CapsuleHeader } from '../../capsule/capsule.js';

export const KEPT_ANSWER_TYPE = 'insight';

/** The key of an answer's capsule; `again` tells a second answer under one correlation id. */
export const keptAnswerKey = (correlationId: string, again?: string): string =>
  again === undefined ? `ask:${correlationId}` : `ask:${correlationId}:${again}`;

export const isKeptAnswer = ({ type, key }: Pick<CapsuleHeader, 'type' | 'key'>): boolean =>
  type === KEPT_ANSWER_TYPE && key !== null && key.startsWith(keptAnswerKey(''));
