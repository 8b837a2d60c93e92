import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTilePath, tilePath, tileWidth } from './tile-path.js';

describe('tile paths', () => {
  it('[LED-28] are written and read as in the C2SP specification', () => {
    const cases = [
      ['tile/0/x001/x234/067', { level: 0, index: 1_234_067, width: 256 }],
      ['tile/0/000', { level: 0, index: 0, width: 256 }],
      ['tile/1/999', { level: 1, index: 999, width: 256 }],
      ['tile/1/x001/000', { level: 1, index: 1000, width: 256 }],
      ['tile/0/273.p/112', { level: 0, index: 273, width: 112 }],
      ['tile/2/000.p/1', { level: 2, index: 0, width: 1 }],
      ['tile/63/x001/x234/067.p/255', { level: 63, index: 1_234_067, width: 255 }],
      ['tile/entries/x001/x234/067.p/8', { level: 'entries', index: 1_234_067, width: 8 }],
    ] as const;
    for (const [path, address] of cases) {
      expect(tilePath(address)).toBe(path);
      expect(parseTilePath(path)).toEqual(address);
    }
  });

  it('[LED-28] read back as the address they were written from', () => {
    const level = fc.oneof(fc.nat({ max: 63 }), fc.constant('entries' as const));
    const address = fc.record({ level, index: fc.maxSafeNat(), width: fc.integer({ min: 1, max: 256 }) });
    fc.assert(
      fc.property(address, (tile) => {
        expect(parseTilePath(tilePath(tile))).toEqual(tile);
      }),
    );
  });

  it('[LED-28] are refused in any other spelling', () => {
    const refused = [
      '',
      '/tile/0/000',
      'tile/00/000',
      'tile/64/000',
      'tile/-1/000',
      'tile/0/0',
      'tile/0/0000',
      'tile/0/001/234',
      'tile/0/x000/001',
      'tile/0/x001',
      'tile/0/X001/234',
      'tile/0/000.p/0',
      'tile/0/000.p/08',
      'tile/0/000.p/256',
      'tile/0/000.p/300',
      'tile/0/000.p/',
      'tile/0/000/',
      'tile/0/000\n',
      'tile/Entries/000',
      'tile/0/x999/x999/x999/x999/x999/999',
      'tile/0/../000',
    ];
    expect(refused.filter((path) => parseTilePath(path) !== null)).toEqual([]);
  });

  it('[LED-28] are not written for addresses outside the specification', () => {
    const good = { level: 0, index: 0, width: 256 } as const;
    for (const bad of [
      { level: 64 },
      { level: -1 },
      { level: 0.5 },
      { index: -1 },
      { index: 2 ** 53 },
      { width: 0 },
      { width: 257 },
    ]) {
      expect(() => tilePath({ ...good, ...bad })).toThrow(RangeError);
    }
  });

  it('[LED-29] of a ledger of 70,000 entries are those the specification counts', () => {
    const widths = (level: number | 'entries'): number[] => {
      const all: number[] = [];
      for (let index = 0; tileWidth(level, index, 70_000) > 0; index++) all.push(tileWidth(level, index, 70_000));
      return all;
    };
    const full = (count: number): number[] => Array.from({ length: count }, () => 256);
    expect(widths(0)).toEqual([...full(273), 112]);
    expect(widths('entries')).toEqual([...full(273), 112]);
    expect(widths(1)).toEqual([256, 17]);
    expect(widths(2)).toEqual([1]);
    expect(widths(3)).toEqual([]);
    expect([tileWidth(0, 0, 256), tileWidth(1, 0, 256), tileWidth(0, 1, 256), tileWidth(0, 0, 0)]).toEqual([
      256, 1, 0, 0,
    ]);
  });
});
