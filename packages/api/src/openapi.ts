/**
 * The OpenAPI 3.1 document, derived from the operation table.
 * @module
 */
import { z } from 'zod';
import {
  AREAS,
  errorsOf,
  EVENT_STREAM_MEDIA_TYPE,
  RESPONSE_HEADERS,
  type OperationShape,
  type ResponseShape,
  type StreamShape,
} from './operation.js';
import { operations } from './operations.js';
import { ERRORS, PROBLEM_MEDIA_TYPE, problemSchema, type WireErrorCode } from './problem.js';

export type JsonSchema = { readonly [key: string]: unknown };

export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: JsonSchema;
  readonly servers: readonly JsonSchema[];
  readonly tags: readonly JsonSchema[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>>; readonly [key: string]: unknown };
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly parameters: readonly JsonSchema[];
  readonly responses: Readonly<Record<string, JsonSchema>>;
  readonly [key: string]: unknown;
}

const CORRELATION_HEADER = {
  description: 'Names the request in logs and in the audit trail.',
  schema: { type: 'string', format: 'uuid' },
};

const RETRY_AFTER = { description: 'Seconds.', schema: { type: 'integer', minimum: 1 } };

const RATE_HEADERS = {
  RateLimit: {
    description: 'By limit: requests left, and seconds until all are given back.',
    schema: { type: 'string' },
  },
  'RateLimit-Policy': { description: 'By limit: requests, and seconds they are for.', schema: { type: 'string' } },
};

/** Schemas by the id they carry in their metadata; two that share an id must be the same. */
class Components {
  readonly schemas: Record<string, JsonSchema> = {};

  schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const { $schema: _, $defs = {}, ...root } = z.toJSONSchema(schema, { io }) as JsonSchema & { $defs?: object };
    for (const [name, part] of Object.entries($defs as Record<string, JsonSchema>)) this.#add(name, part);
    if (typeof root['id'] !== 'string') return relinked(root) as JsonSchema;
    this.#add(root['id'], root);
    return { $ref: `#/components/schemas/${root['id']}` };
  }

  #add(name: string, schema: JsonSchema): void {
    const { id: _, ...rest } = schema;
    const next = relinked(rest) as JsonSchema;
    const known = this.schemas[name];
    if (known && JSON.stringify(known) !== JSON.stringify(next)) throw new Error(`two schemas are called ${name}`);
    this.schemas[name] = next;
  }
}

/** References point to the components instead of the schema's own definitions. */
function relinked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relinked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === '$ref' && typeof inner === 'string'
        ? [key, inner.replace('#/$defs/', '#/components/schemas/')]
        : [key, relinked(inner)],
    ),
  );
}

export function buildOpenApi(info: { readonly version: string }): OpenApiDocument {
  const components = new Components();
  const problem = components.schemaOf(problemSchema, 'output');
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const operation of Object.values(operations) as OperationShape[]) {
    (paths[operation.path] ??= {})[operation.method.toLowerCase()] = describe(operation, components, problem);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Forge Cascade',
      version: info.version,
      summary: 'Institutional memory with provable lineage.',
      description:
        'Capsules are versioned records whose lineage is recorded, weighed by trust and provable to outsiders. ' +
        'Refusals are RFC 9457 problem details; every answer carries `X-Correlation-Id`. ' +
        'Every POST accepts an `Idempotency-Key`: within 24 hours the same request is carried out once. ' +
        'An id that names no capsule is answered with 404, whatever its form. ' +
        'Where requests are limited, every answer says by `RateLimit` and `RateLimit-Policy` how many are left.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This server' }],
    tags: Object.entries(AREAS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'FORGE_TOKEN, or the file `token` in the data folder.' },
      },
    },
  };
}

function describe(operation: OperationShape, components: Components, problem: JsonSchema): OpenApiOperation {
  return {
    operationId: operation.id,
    tags: [operation.area],
    summary: operation.summary,
    ...(operation.description ? { description: operation.description } : {}),
    security: operation.open ? [] : [{ token: [] }],
    parameters: [
      ...fields(operation.params, 'path', components),
      ...fields(operation.query, 'query', components),
      ...requestHeaders(operation),
    ],
    ...(operation.body
      ? {
          requestBody: {
            required: !operation.bodyOptional,
            content: { 'application/json': { schema: components.schemaOf(operation.body, 'input') } },
          },
        }
      : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(operation.responses).map(([status, response]) => [
          status,
          success(response, components, status === '200' ? operation.stream : undefined),
        ]),
      ),
      ...failures(errorsOf(operation), problem),
    },
  };
}

function fields(schema: z.ZodObject | undefined, place: 'path' | 'query', components: Components): JsonSchema[] {
  if (!schema) return [];
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => {
    const { description, examples, ...rest } = components.schemaOf(field, 'input');
    return {
      name,
      in: place,
      required: place === 'path' || !field.safeParse(undefined).success,
      ...(description ? { description } : {}),
      ...(Array.isArray(examples) ? { example: examples[0] as unknown } : {}),
      schema: rest,
    };
  });
}

function requestHeaders(operation: OperationShape): JsonSchema[] {
  const headers: JsonSchema[] = [];
  if (operation.ifMatch) {
    headers.push({
      name: 'If-Match',
      in: 'header',
      // Left out it is answered with 428, which is why it is not marked as required here.
      required: false,
      description: `The ETag of the head${operation.ifMatch === 'required' ? '; without it the answer is 428' : ''}.`,
      schema: { type: 'string' },
      example: '"0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a11"',
    });
  }
  if (operation.method === 'POST') {
    headers.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description: 'Your name for this request: sent again within 24 hours it is carried out once.',
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
    });
  }
  return headers;
}

function success(response: ResponseShape, components: Components, stream?: StreamShape): JsonSchema {
  return {
    description: response.description,
    headers: {
      'X-Correlation-Id': CORRELATION_HEADER,
      ...Object.fromEntries(
        (response.headers ?? []).map((name) => [
          name,
          { description: RESPONSE_HEADERS[name], schema: { type: 'string' } },
        ]),
      ),
    },
    content: {
      ...Object.fromEntries(
        Object.entries(response.content).map(([type, schema]) => [
          type,
          { schema: components.schemaOf(schema, 'output') },
        ]),
      ),
      ...(stream === undefined ? {} : { [EVENT_STREAM_MEDIA_TYPE]: events(stream, components) }),
    },
  };
}

/** OpenAPI 3.1 has no word for the items of a stream: they are described, and listed under an extension. */
function events({ description, events }: StreamShape, components: Components): JsonSchema {
  return {
    schema: { type: 'string', description },
    'x-events': Object.fromEntries(
      Object.entries(events).map(([name, schema]) => [name, components.schemaOf(schema, 'output')]),
    ),
  };
}

function failures(codes: readonly WireErrorCode[], problem: JsonSchema): Record<string, JsonSchema> {
  const byStatus = new Map<number, WireErrorCode[]>();
  for (const code of codes) byStatus.set(ERRORS[code].status, [...(byStatus.get(ERRORS[code].status) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      String(status),
      {
        description: group.map((code) => `\`${code}\`: ${ERRORS[code].title}.`).join(' '),
        headers: {
          'X-Correlation-Id': CORRELATION_HEADER,
          ...(status === 503 || status === 429 ? { 'Retry-After': RETRY_AFTER } : {}),
          ...(status === 429 ? RATE_HEADERS : {}),
          ...(status === 401 ? { 'WWW-Authenticate': { schema: { type: 'string' } } } : {}),
        },
        content: { [PROBLEM_MEDIA_TYPE]: { schema: problem } },
      },
    ]),
  );
}
