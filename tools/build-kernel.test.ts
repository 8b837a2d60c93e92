import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileKernel, kernelFile, KERNELS } from './build-kernel.mjs';

describe('the kernels of search', () => {
  it.each(KERNELS)('$name is what its source compiles to', async (kernel) => {
    expect(readFileSync(kernel.target, 'utf8')).toBe(kernelFile(kernel, await compileKernel(kernel)));
  });
});
