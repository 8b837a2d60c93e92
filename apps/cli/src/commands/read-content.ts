/**
 * Where a capsule's content comes from: the command line, a file, or standard input.
 * @module
 */
import { readFile } from 'node:fs/promises';
import type { CommandContext } from '../command-context.js';
import { decodeText } from '../import/decode-text.js';
import { CommandFailure, UsageError } from '../usage-error.js';

export interface ContentOptions {
  readonly content?: string;
  /** `-` is standard input. */
  readonly file?: string;
}

/** The content given, or undefined when none was. @throws UsageError when it is given twice */
export async function readContent(context: CommandContext, { content, file }: ContentOptions): Promise<string | undefined> {
  if (content !== undefined && file !== undefined) throw new UsageError('Give either --content or --file, not both.');
  if (content !== undefined) return content;
  if (file === undefined) return undefined;
  return decoded(file === '-' ? await readStdin(context) : await readFile(file), file === '-' ? 'standard input' : file);
}

/** As {@link readContent}, falling back to standard input when something is piped into it. */
export async function requireContent(context: CommandContext, options: ContentOptions): Promise<string> {
  const content = await readContent(context, options);
  if (content !== undefined) return content;
  if (context.stdin.isTTY) throw new UsageError('Give the content with --content TEXT or --file PATH, or pipe it in.');
  return decoded(await readStdin(context), 'standard input');
}

function decoded(bytes: Uint8Array, source: string): string {
  const text = decodeText(bytes, Infinity);
  if (!text.ok) throw new CommandFailure(`The content of ${source} cannot be stored: ${text.reason}.`);
  return text.text;
}

async function readStdin({ stdin }: CommandContext): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}
