/** What is wrong with an overlay's folder, as the failure of a command. @module */
import { OverlayFaulty } from '@forge-cascade/overlay-sdk';
import { CommandFailure } from '../../usage-error.js';

export async function withFaults<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OverlayFaulty) throw new CommandFailure(error.message);
    throw error;
  }
}
