/**
 * What keeps an overlay from being built, tested or run.
 * @module
 */

export type OverlayFaultyCode =
  | 'NO_MANIFEST'
  | 'BAD_MANIFEST'
  | 'NO_SOURCES'
  | 'DOES_NOT_COMPILE'
  | 'MODULE_FAULTS'
  | 'FOLDER_TAKEN'
  | 'BAD_NAME'
  | 'BAD_RECORDING'
  | 'NOT_BUILT';

/** `faults` says each thing that is wrong and what to do; the message has them on lines of their own. */
export class OverlayFaulty extends Error {
  override readonly name = 'OverlayFaulty';
  constructor(
    readonly code: OverlayFaultyCode,
    readonly faults: readonly string[],
    /** The folder or file. */
    readonly where: string,
  ) {
    super(
      faults.length === 1 ? `${where}: ${faults[0]}` : `${where}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    );
  }
}
