/**
 * Where output goes and what it may look like there.
 * @module
 */

export interface Terminal {
  /** Standard output: what was asked for. */
  out(text: string): void;
  /** Standard error: everything about it. */
  err(text: string): void;
  readonly colour: boolean;
  readonly errorColour: boolean;
  /** Standard error is a terminal that can be redrawn. */
  readonly interactive: boolean;
  /** Standard output is a terminal: somebody reads along. */
  readonly watched: boolean;
  /** Characters per line. */
  readonly columns: number;
}

type Stream = Pick<NodeJS.WriteStream, 'write' | 'isTTY'> & { readonly columns?: number };

export function createTerminal(out: Stream, err: Stream, env: Readonly<Record<string, string | undefined>>): Terminal {
  const colourful = (stream: Stream): boolean => stream.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return {
    out: (text) => void out.write(text),
    err: (text) => void err.write(text),
    colour: colourful(out),
    errorColour: colourful(err),
    interactive: err.isTTY && env['TERM'] !== 'dumb',
    watched: out.isTTY,
    columns: (out.isTTY ? out.columns : undefined) ?? 100,
  };
}
