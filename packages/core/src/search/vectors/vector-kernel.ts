/** The compiled kernel of the vector index. @module */
import { KernelModule } from '../web-assembly.js';
import { KERNEL_BYTES } from './kernel-bytes.js';

/** `kernel/vector-kernel.ts` says what each does. Addresses and strides are bytes. */
export interface VectorKernel {
  scoreRange(query: number, rows: number, stride: number, count: number, out: number): void;
  scoreList(query: number, rows: number, stride: number, list: number, count: number, out: number): void;
  lengthOf(source: number, stride: number): number;
  largestOf(source: number, stride: number): number;
  quantizeRow(source: number, stride: number, factor: number, row: number): number;
  quantizeQuery(source: number, stride: number, factor: number, query: number): number;
}

export const vectorKernel = new KernelModule<VectorKernel>(KERNEL_BYTES);
