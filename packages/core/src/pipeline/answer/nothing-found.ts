/** Said when nothing found bears on the question, by every provider alike. */
export const NOTHING_FOUND = 'Nothing in this memory answers the question.';
