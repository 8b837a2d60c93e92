import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileKernel, kernelFile, TARGET } from './build-kernel.mjs';

describe('the kernel of the vector index', () => {
  it('is what its source compiles to', async () => {
    expect(readFileSync(TARGET, 'utf8')).toBe(kernelFile(await compileKernel()));
  });
});
