/**
 * `forge capsule create | update | fork | revert | archive | unarchive`.
 * @module
 */
import type { Client } from '@forge-cascade/api';
import { RELATIONS, type CapsuleType, type Relation } from '@forge-cascade/core';
import { present, withMemory, type CommandContext, type CommonOptions } from '../command-context.js';
import { findCapsule } from '../connect/find-capsule.js';
import { describeWrite } from '../output/describe-capsule.js';
import { painter } from '../output/paint.js';
import { CommandFailure, UsageError } from '../usage-error.js';
import { readContent, requireContent, type ContentOptions } from './read-content.js';

/** Fields that create, update and fork share. */
export interface BodyOptions extends CommonOptions, ContentOptions {
  readonly title?: string;
  readonly type?: CapsuleType;
  readonly tag?: readonly string[];
  readonly metadata?: Record<string, unknown>;
  readonly collection?: string;
  readonly position?: number;
  readonly validFrom?: string;
  readonly validTo?: string;
  readonly derivedFrom?: readonly string[];
}

export interface CreateOptions extends BodyOptions {
  readonly key?: string;
  readonly ifExists?: 'return' | 'version' | 'fail';
}

export async function createCapsule(context: CommandContext, options: CreateOptions): Promise<void> {
  const content = await requireContent(context, options);
  const statements = options.derivedFrom?.map(parseDerivation);
  await withMemory(
    context,
    options,
    async (client) => {
      const answer = await client.createCapsule({
        body: {
          ...(await bodyFields(client, options, statements)),
          content,
          type: options.type ?? 'knowledge',
          ...(options.key !== undefined && { key: options.key }),
          ...(options.ifExists !== undefined && { if_exists: options.ifExists }),
        },
      });
      const verb = answer.status === 200 ? 'exists' : answer.body.version === '1.0.0' ? 'created' : 'versioned';
      show(context, options, verb, answer.body);
    },
    { create: true },
  );
}

export interface UpdateOptions extends BodyOptions {
  readonly bump?: 'major' | 'minor' | 'patch';
  readonly reason?: string;
  readonly relation?: 'version' | 'correction';
  readonly ifMatch?: string;
}

export async function updateCapsule(context: CommandContext, reference: string, options: UpdateOptions): Promise<void> {
  const content = await readContent(context, options);
  const statements = options.derivedFrom?.map(parseDerivation);
  await withMemory(context, options, async (client) => {
    const id = await findCapsule(client, reference);
    const body = {
      ...(await bodyFields(client, options, statements)),
      ...(content !== undefined && { content }),
      ...(options.type !== undefined && { type: options.type }),
      ...(options.bump !== undefined && { bump: options.bump }),
      ...(options.reason !== undefined && { reason: options.reason }),
      ...(options.relation !== undefined && { relation: options.relation }),
    };
    if (Object.keys(body).length === 0) throw new UsageError('Say what to change: --content, --file, --title, --tag, …');
    const ifMatch = options.ifMatch ?? (await client.getCapsule({ params: { id } })).body.head_id;
    const answer = await client.updateCapsule({ params: { id }, body, ifMatch });
    show(context, options, 'versioned', answer.body);
  });
}

export interface ForkOptions extends BodyOptions {
  readonly key?: string;
  readonly reason?: string;
}

export async function forkCapsule(context: CommandContext, reference: string, options: ForkOptions): Promise<void> {
  const content = await readContent(context, options);
  const statements = options.derivedFrom?.map(parseDerivation);
  await withMemory(context, options, async (client) => {
    const id = await findCapsule(client, reference);
    const answer = await client.forkCapsule({
      params: { id },
      body: {
        ...(await bodyFields(client, options, statements)),
        ...(content !== undefined && { content }),
        ...(options.type !== undefined && { type: options.type }),
        ...(options.key !== undefined && { key: options.key }),
        ...(options.reason !== undefined && { reason: options.reason }),
      },
    });
    show(context, options, 'forked', answer.body);
  });
}

export interface ReasonOptions extends CommonOptions {
  readonly reason?: string;
}

export async function archiveCapsule(context: CommandContext, reference: string, options: ReasonOptions): Promise<void> {
  await withMemory(context, options, async (client) => {
    const id = await findCapsule(client, reference);
    const { body } = await client.archiveCapsule({ params: { id }, query: { ...(options.reason !== undefined && { reason: options.reason }) } });
    show(context, options, 'archived', body);
  });
}

export async function unarchiveCapsule(context: CommandContext, reference: string, options: ReasonOptions): Promise<void> {
  await withMemory(context, options, async (client) => {
    const id = await findCapsule(client, reference);
    const { body } = await client.unarchiveCapsule({ params: { id }, body: { ...(options.reason !== undefined && { reason: options.reason }) } });
    show(context, options, 'back', body);
  });
}

export interface RevertOptions extends ReasonOptions {
  readonly to?: string;
  readonly ifMatch?: string;
}

export async function revertCapsule(context: CommandContext, reference: string, options: RevertOptions): Promise<void> {
  await withMemory(context, options, async (client) => {
    const id = await findCapsule(client, reference);
    const to = options.to === undefined ? undefined : await versionToRestore(client, id, options.to);
    const answer = await client.revertCapsule({
      params: { id },
      body: { ...(to !== undefined && { to }), ...(options.reason !== undefined && { reason: options.reason }) },
      ...(options.ifMatch !== undefined && { ifMatch: options.ifMatch }),
    });
    show(context, options, 'reverted', answer.body);
  });
}

/** `1.0.0` among the versions of the series, or an id. */
async function versionToRestore(client: Client, id: string, to: string): Promise<string> {
  if (!/^\d+\.\d+\.\d+/.test(to)) return findCapsule(client, to);
  const { body } = await client.listVersions({ params: { id } });
  const found = body.items.find(({ version }) => version === to);
  if (found !== undefined) return found.id;
  throw new CommandFailure(`There is no version ${to}.`, `There are ${body.items.map(({ version }) => version).join(', ')}.`);
}

interface StatedDerivation {
  readonly reference: string;
  readonly relation: Relation;
  readonly reason: string | null;
}

/** `citation=REF`, `REF`, each with ` -- reason` behind it if wanted. */
export function parseDerivation(text: string): StatedDerivation {
  const [statement = '', ...reason] = text.split(' -- ');
  const named = /^([a-z]+)=(.+)$/s.exec(statement);
  const relation = named?.[1] ?? 'fork';
  if (!(RELATIONS as readonly string[]).includes(relation)) {
    throw new UsageError(`--derived-from: the relation must be one of ${RELATIONS.join(', ')}.`);
  }
  return {
    reference: named?.[2] ?? statement,
    relation: relation as Relation,
    reason: reason.length === 0 ? null : reason.join(' -- '),
  };
}

async function bodyFields(client: Client, options: BodyOptions, statements: readonly StatedDerivation[] | undefined) {
  const derived = [];
  for (const { reference, relation, reason } of statements ?? []) {
    derived.push({ id: await findCapsule(client, reference), relation, reason });
  }
  return {
    ...(options.title !== undefined && { title: options.title }),
    ...(options.tag !== undefined && { tags: [...options.tag] }),
    ...(options.metadata !== undefined && { metadata: options.metadata }),
    ...(options.collection !== undefined && { collection: options.collection }),
    ...(options.position !== undefined && { position: options.position }),
    ...(options.validFrom !== undefined && { valid_from: options.validFrom }),
    ...(options.validTo !== undefined && { valid_to: options.validTo }),
    ...(derived.length > 0 && { derived_from: derived }),
  };
}

function show(context: CommandContext, options: CommonOptions, verb: string, body: Parameters<typeof describeWrite>[1]): void {
  present(context, options, body, (capsule) => describeWrite(verb, capsule, painter(context.terminal.colour)));
}
