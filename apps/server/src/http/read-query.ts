/**
 * Reading query strings: strict about encoding, then given the types that the operation's schema names.
 * @module
 */
import { z } from 'zod';
import { shown, textFault } from './read-json.js';
import { Refusal } from './refusal.js';

type Kind = 'text' | 'number' | 'boolean' | 'list';

/** Turns a raw query string into the object that the schema will check. */
export type QueryReader = (raw: string) => Readonly<Record<string, unknown>>;

/** Made once per route, so that a request pays nothing for looking at the schema. */
export function queryReader(schema: z.ZodObject | undefined): QueryReader {
  const kinds = new Map(Object.entries(schema?.shape ?? {}).map(([name, field]) => [name, kindOf(field as z.ZodType)]));
  return (raw) => {
    const found: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const [name, text] of pairsOf(raw)) {
      const kind = kinds.get(name) ?? 'text';
      if (!(name in found)) found[name] = typed(kind, text);
      else if (kind === 'list') found[name] = [found[name], text].flat();
      else throw refused(name, 'is given more than once');
    }
    return { ...found };
  };
}

function kindOf(field: z.ZodType): Kind {
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault) return kindOf(field.def.innerType as z.ZodType);
  if (field instanceof z.ZodNumber) return 'number';
  if (field instanceof z.ZodBoolean) return 'boolean';
  if (field instanceof z.ZodUnion)
    return field.def.options.some((option) => option instanceof z.ZodArray) ? 'list' : 'text';
  return 'text';
}

/** A text that is no such value stays a text, for the schema to refuse. */
function typed(kind: Kind, text: string): unknown {
  if (kind === 'number' && /^-?\d{1,17}(\.\d{1,17})?$/.test(text)) return Number(text);
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function* pairsOf(raw: string): Generator<[string, string]> {
  if (raw === '') return;
  for (const part of raw.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decoded(equals === -1 ? part : part.slice(0, equals), null);
    yield [name, decoded(equals === -1 ? '' : part.slice(equals + 1), name)];
  }
}

function decoded(text: string, name: string | null): string {
  let plain: string;
  try {
    plain = decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new Refusal('MALFORMED_REQUEST', 'The query string is not percent-encoded UTF-8.');
  }
  const fault = textFault(plain);
  if (fault) throw refused(name ?? plain, fault.message);
  return plain;
}

function refused(name: string, message: string): Refusal {
  const field = shown(name);
  return new Refusal('INVALID_INPUT', `${field} ${message}.`, { errors: [{ in: 'query', field, message }] });
}
