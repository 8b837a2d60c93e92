/** The compiled kernel of ranking. @module */
import { KernelModule } from '../web-assembly.js';
import { KERNEL_BYTES } from './kernel-bytes.js';

/** `kernel/ranking-kernel.ts` says what each does. All but weights, factors, counts and limits are addresses. */
export interface RankingKernel {
  useTables(
    bodyLengths: number,
    titleLengths: number,
    inverseBody: number,
    inverseTitle: number,
    saturated: number,
    k1: number,
    titleWeight: number,
  ): void;
  addEncoded(
    from: number,
    to: number,
    ordinalBefore: number,
    limit: number,
    lexicalWeight: number,
    ngramWeight: number,
    word: number,
    lexical: number,
    ngram: number,
    matched: number,
  ): void;
  addPairs(
    from: number,
    to: number,
    limit: number,
    lexicalWeight: number,
    ngramWeight: number,
    word: number,
    lexical: number,
    ngram: number,
    matched: number,
  ): void;
  gather(mask: number, lexical: number, limit: number, hits: number): number;
  bestOf(scores: number, hits: number, count: number): number;
  addUp(to: number, a: number, aFactor: number, b: number, bFactor: number, hits: number, count: number): void;
  selectBest(
    scores: number,
    hits: number,
    count: number,
    enough: number,
    perBin: number,
    bins: number,
    last: number,
    out: number,
  ): number;
}

export const rankingKernel = new KernelModule<RankingKernel>(KERNEL_BYTES);
