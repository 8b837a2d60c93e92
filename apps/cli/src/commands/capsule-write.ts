/** `forge capsule create|update|fork`. @module */
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { CallOf, Client, Operations } from '@forge-cascade/api';
import type { CommandContext } from '../command-context.js';
import { describeNearDuplicate, describeWrite } from '../output/capsule-text.js';
import { resolveReference } from '../resolve-reference.js';
import { UsageError } from '../usage-error.js';

type CreateBody = CallOf<Operations['createCapsule']>['body'];
type UpdateBody = NonNullable<CallOf<Operations['updateCapsule']>['body']>;
type ForkBody = NonNullable<CallOf<Operations['forkCapsule']>['body']>;
type Derivations = NonNullable<CreateBody['derived_from']>;

interface Flags {
  readonly title?: string;
  readonly content?: string;
  readonly file?: string;
  readonly type?: string;
  readonly tag?: readonly string[];
  readonly metadata?: string;
  readonly collection?: string;
  readonly position?: number;
  readonly validFrom?: string;
  readonly validTo?: string;
  readonly derivedFrom?: readonly string[];
  readonly key?: string;
  readonly ifExists?: string;
  /** False with `--no-check-duplicates`. */
  readonly checkDuplicates?: boolean;
  readonly bump?: string;
  readonly relation?: string;
  readonly ifMatch?: string;
  readonly reason?: string;
}

export async function createCommand(context: CommandContext, _args: readonly string[], flags: Flags): Promise<void> {
  const content = await contentOf(context, flags, true);
  await context.withClient(
    async (client) => {
      const body = {
        type: 'knowledge',
        ...(await fields(client, flags)),
        content,
        ...present({ key: flags.key, if_exists: flags.ifExists }),
      } as CreateBody;
      const answer = await client.createCapsule({ body, ...present({ query: duplicatesQuery(flags) }) });
      const done = answer.status === 201 ? 'Stored' : 'Already there:';
      const near = 'near_duplicates' in answer.body ? (answer.body.near_duplicates ?? []) : [];
      context.print(answer.body, () =>
        [
          describeWrite(done, answer.body, context.paint),
          ...near.map((one) => describeNearDuplicate(one, context.paint)),
        ].join('\n'),
      );
    },
    { create: true },
  );
}

export async function updateCommand(
  context: CommandContext,
  [reference = '']: readonly string[],
  flags: Flags,
): Promise<void> {
  const content = await contentOf(context, flags, false);
  await context.withClient(async (client) => {
    const id = await resolveReference(client, reference);
    const ifMatch = flags.ifMatch ?? (await client.getCapsule({ params: { id } })).body.head_id;
    const body = {
      ...(await fields(client, flags)),
      ...present({ content, bump: flags.bump, relation: flags.relation, reason: flags.reason }),
    } as UpdateBody;
    const answer = await client.updateCapsule({ params: { id }, body, ifMatch });
    const done = answer.body.id === ifMatch ? 'Unchanged:' : 'Updated';
    context.print(answer.body, () => describeWrite(done, answer.body, context.paint));
  });
}

export async function forkCommand(
  context: CommandContext,
  [reference = '']: readonly string[],
  flags: Flags,
): Promise<void> {
  const content = await contentOf(context, flags, false);
  await context.withClient(async (client) => {
    const id = await resolveReference(client, reference);
    const body = {
      ...(await fields(client, flags)),
      ...present({ content, key: flags.key, reason: flags.reason }),
    } as ForkBody;
    const answer = await client.forkCapsule({ params: { id }, body });
    context.print(answer.body, () => describeWrite('Forked', answer.body, context.paint));
  });
}

function duplicatesQuery({ checkDuplicates }: Flags): { check_duplicates: false } | undefined {
  return checkDuplicates === false ? { check_duplicates: false } : undefined;
}

async function fields(client: Client, flags: Flags): Promise<Record<string, unknown>> {
  return present({
    title: flags.title,
    type: flags.type,
    tags: flags.tag,
    metadata: flags.metadata === undefined ? undefined : jsonObject(flags.metadata, '--metadata'),
    collection: flags.collection,
    position: flags.position,
    valid_from: flags.validFrom,
    valid_to: flags.validTo,
    derived_from: flags.derivedFrom === undefined ? undefined : await derivations(client, flags.derivedFrom),
  });
}

const DERIVATION = /^(.+?)(?::(version|fork|merge|summary|citation|correction|refutes)(?::(.*))?)?$/s;

async function derivations(client: Client, given: readonly string[]): Promise<Derivations> {
  const found: Derivations = [];
  for (const text of given) {
    const [, reference = '', relation = 'fork', reason] = DERIVATION.exec(text) ?? [];
    const id = await resolveReference(client, reference);
    found.push({ id, relation: relation as Derivations[number]['relation'], ...present({ reason }) });
  }
  return found;
}

/** @throws UsageError when a content is needed and none is given. */
async function contentOf(
  { surroundings }: CommandContext,
  { content, file }: Flags,
  needed: boolean,
): Promise<string | undefined> {
  if (content !== undefined && file !== undefined) throw new UsageError('Give either --content or --file, not both.');
  if (content !== undefined) return content;
  if (file === '-' || (file === undefined && needed)) {
    if (surroundings.stdin.isTTY === true && file === undefined) {
      throw new UsageError('Give the content with --content, with --file, or on standard input.');
    }
    return utf8(await readAll(surroundings.stdin), 'standard input');
  }
  return file === undefined ? undefined : utf8(await readFile(file), file);
}

async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

function utf8(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${name} is not UTF-8 text.`);
  }
}

/** @throws UsageError unless the text is a JSON object. */
export function jsonObject(text: string, option: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(`${option} must be a JSON object.`);
  return value as Record<string, unknown>;
}

export function present(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
