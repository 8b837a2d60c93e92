import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { RequestsUnderway } from './requests-underway.js';

describe('requests under way', () => {
  it('[API-40] let background work wait until they are answered, but not for ever', async () => {
    const underway = new RequestsUnderway();
    const app = fastify();
    underway.watch(app);
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const began = new Promise<void>((begin) => {
      app.get('/slow', async () => {
        begin();
        await answered;
        return {};
      });
    });
    const order: string[] = [];
    await underway.idle(60_000);
    const request = app.inject('/slow').then(() => order.push('answered'));
    await began;
    await underway.idle(5);
    order.push('waited enough');
    const idle = underway.idle(60_000).then(() => order.push('idle'));
    answer();
    await Promise.all([request, idle]);
    expect(order[0]).toBe('waited enough');
    expect(order.sort()).toEqual(['answered', 'idle', 'waited enough']);
    await app.close();
  });
});
