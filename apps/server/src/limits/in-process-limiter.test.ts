import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressSubject } from './address-subject.js';
import { InProcessLimiter } from './in-process-limiter.js';

function limiterOf(limit: number, windowMs: number, mostSubjects?: number) {
  const clock = { ms: 5_000, now: () => clock.ms };
  return { clock, limiter: new InProcessLimiter({ limit, windowMs }, clock, mostSubjects) };
}

describe('a rate limit', () => {
  it('[POD-16] lets the allowance be spent at once and gives it back evenly', async () => {
    const { clock, limiter } = limiterOf(4, 1_000);
    const take = async () => {
      const { allowed, remaining, resetMs, retryMs } = await limiter.take('a');
      return [allowed, remaining, resetMs, retryMs];
    };
    expect([await take(), await take(), await take(), await take()]).toEqual([
      [true, 3, 250, 0],
      [true, 2, 500, 0],
      [true, 1, 750, 0],
      [true, 0, 1_000, 0],
    ]);
    expect(await take()).toEqual([false, 0, 1_000, 250]);
    clock.ms += 249;
    expect(await take()).toEqual([false, 0, 751, 1]);
    clock.ms += 1;
    expect(await take()).toEqual([true, 0, 1_000, 0]);
    clock.ms += 10_000;
    expect(await take()).toEqual([true, 3, 250, 0]);
  });

  it('[POD-16] never lets through more than the allowance and what was given back, however requests come', async () => {
    const gaps = fc.array(fc.nat(400), { minLength: 1, maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(gaps, fc.integer({ min: 1, max: 7 }), async (waits, limit) => {
        const { clock, limiter } = limiterOf(limit, 1_000);
        const start = clock.ms;
        let passed = 0;
        for (const wait of waits) {
          clock.ms += wait;
          const { allowed, remaining, retryMs } = await limiter.take('a');
          if (allowed) passed++;
          else expect([remaining, retryMs > 0]).toEqual([0, true]);
          expect(passed).toBeLessThanOrEqual(limit + ((clock.ms - start) * limit) / 1_000 + 1e-6);
        }
      }),
    );
  });

  it('[POD-16] keeps subjects apart, and only so many of them', async () => {
    const { limiter } = limiterOf(1, 1_000, 100);
    expect((await limiter.take('a')).allowed).toBe(true);
    expect((await limiter.take('b')).allowed).toBe(true);
    for (let i = 0; i < 1_000; i++) await limiter.take(`s${i}`);
    expect(limiter.size).toBeLessThanOrEqual(100);
    expect((await limiter.take('s999')).allowed).toBe(false);
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('[POD-18] takes %s for %s', (address, subject) => {
    expect(addressSubject(address)).toBe(subject);
  });
});
