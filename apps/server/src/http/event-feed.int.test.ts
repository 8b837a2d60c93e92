import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EventFeed } from './event-feed.js';

const SILENT = 3_600_000;

describe('the body of an event stream', () => {
  it('[API-26] writes events with their data on one line, and ends', async () => {
    const feed = new EventFeed(SILENT);
    await feed.send('delta', { text: 'a\nb\r\n\u2028' });
    await feed.send('done', {});
    feed.end();
    expect(await text(feed.body)).toBe(
      `event: delta\ndata: ${JSON.stringify({ text: 'a\nb\r\n\u2028' })}\n\nevent: done\ndata: {}\n\n`,
    );
  });

  it('[API-26] makes the writer wait for a reader that falls behind, and goes on when it reads', async () => {
    const feed = new EventFeed(SILENT);
    const large = 'x'.repeat(50_000);
    await feed.send('delta', large);
    let sent = false;
    const second = feed.send('delta', large).then(() => (sent = true));
    await turn();
    expect(sent).toBe(false);
    const reading = text(feed.body);
    await second;
    feed.end();
    expect((await reading).length).toBeGreaterThan(100_000);
  });

  it('[API-26] lets go of a writer whose reader is gone', async () => {
    const feed = new EventFeed(SILENT);
    const waiting = feed.send('delta', 'x'.repeat(100_000));
    feed.body.destroy();
    await once(feed.body, 'close');
    await waiting;
    await feed.send('delta', 'more');
    feed.end();
  });

  it('[API-26] says that it is still there while nothing else is said', async () => {
    const feed = new EventFeed(1);
    const [first] = (await once(feed.body, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^: .*\n\n$/u);
    feed.body.destroy();
  });
});
