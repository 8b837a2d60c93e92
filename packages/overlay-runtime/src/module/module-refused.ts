/** Why a module is refused; messages may change, codes do not. */
export type RefusalCode =
  /** The bytes are not a WebAssembly module: truncated, wrong magic, a number too long, sections out of order. */
  | 'malformed'
  /** A well-formed module that does not type-check. */
  | 'invalid'
  /** A feature beyond what overlays may use: an instruction, a section, a type. */
  | 'unsupported'
  /** Something is larger than its bound. */
  | 'too_large'
  /** An import that is not in the ABI, has another type there, or lacks its capability. */
  | 'import'
  /** An export that is missing, has another type, or a reserved name. */
  | 'export';

/** Where in a module something is wrong, and what its author can do about it. */
export interface Refusal {
  readonly code: RefusalCode;
  /** Bytes from the start of the module; null where the fault lies in no one place. */
  readonly offset: number | null;
  readonly message: string;
  readonly advice: string;
}

/** A module that does not run here. */
export class ModuleRefused extends Error implements Refusal {
  constructor(
    readonly code: RefusalCode,
    readonly offset: number | null,
    message: string,
    readonly advice: string,
  ) {
    super(message);
    this.name = 'ModuleRefused';
  }
}
