import { describe, expect, it } from 'vitest';
import { prefers } from './negotiate.js';

describe('what a client would rather have', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['*/*', false],
    ['application/json', false],
    ['text/*', false],
    ['text/event-stream', true],
    ['TEXT/Event-Stream', true],
    ['text/event-stream;q=0', false],
    ['text/event-stream, application/json', true],
    ['application/json, text/event-stream', false],
    ['application/json;q=0.5, text/event-stream', true],
    ['application/json, text/event-stream;q=0.9', false],
    ['text/event-stream; charset=utf-8 ; q=0.1, */*', true],
    ['text/event-stream;q=much', false],
  ])('[API-25] %s: a stream is %s', (accept, stream) => {
    expect(prefers(accept, 'text/event-stream', 'application/json')).toBe(stream);
  });
});
