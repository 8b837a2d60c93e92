import { describe, expect, it } from 'vitest';
import { errorsOf, type OperationShape } from './operation.js';
import { OPERATION_IDS, operations } from './operations.js';
import { buildOpenApi } from './openapi.js';
import { ERRORS, problemType, WIRE_ERROR_CODES } from './problem.js';

const document = buildOpenApi({ version: '1.2.3' });
const table = Object.values(operations) as OperationShape[];

function* referencesIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === '$ref' && typeof inner === 'string') yield inner;
    else yield* referencesIn(inner);
  }
}

describe('the OpenAPI document', () => {
  it('[API-1] describes every operation once, under its own id', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${method} ${path} ${operationId}`),
    );
    const wanted = table.map(({ id, method, path }) => `${method.toLowerCase()} ${path} ${id}`);
    expect(described.sort()).toEqual(wanted.sort());
    expect(table.map(({ id }) => id)).toEqual(OPERATION_IDS);
  });

  it('[API-14] documents every status of every code an operation can answer with', () => {
    for (const operation of table) {
      const documented = document.paths[operation.path]?.[operation.method.toLowerCase()]?.responses ?? {};
      const statuses = [
        ...Object.keys(operation.responses),
        ...errorsOf(operation).map((code) => String(ERRORS[code].status)),
      ];
      expect(Object.keys(documented).sort(), operation.id).toEqual([...new Set(statuses)].sort());
    }
  });

  it('[API-30] describes the events of a stream beside the whole answer', () => {
    const { content } = document.paths['/v2/ask']?.['post']?.responses['200'] as {
      readonly content: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    };
    expect(Object.keys(content)).toEqual(['application/json', 'text/event-stream']);
    expect(Object.keys(content['text/event-stream']?.['x-events'] ?? {})).toEqual(
      Object.keys(operations.ask.stream.events),
    );
    expect(content['text/event-stream']?.['x-events']).toMatchObject({
      done: content['application/json']?.['schema'],
      error: { $ref: '#/components/schemas/Problem' },
    });
  });

  it('refers only to schemas it contains', () => {
    const references = [...referencesIn(document)];
    expect(references.length).toBeGreaterThan(table.length);
    for (const reference of references) {
      expect(document.components.schemas).toHaveProperty([reference.replace('#/components/schemas/', '')]);
    }
  });

  it('declares a parameter for every brace in a path', () => {
    for (const operation of table) {
      const braces = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(Object.keys(operation.params?.shape ?? {}), operation.id).toEqual(braces);
    }
  });

  it('asks for the token everywhere but for what probes ask', () => {
    expect(table.filter(({ open }) => open).map(({ id }) => id)).toEqual(['getHealth', 'getReadiness']);
    expect(document.paths['/v2/system/health']?.['get']?.['security']).toEqual([]);
    expect(document.paths['/v2/capsules']?.['get']?.['security']).toEqual([{ token: [] }]);
  });

  it('gives examples that its own schemas accept', () => {
    for (const operation of table) {
      const examples = (operation.body?.meta()?.['examples'] ?? []) as unknown[];
      for (const example of examples)
        expect(operation.body?.safeParse(example), operation.id).toMatchObject({ success: true });
    }
  });
});

describe('problem types', () => {
  it('[API-3] derives one name from each code', () => {
    expect(problemType('CAPSULE_NOT_FOUND')).toBe('urn:forge:error:capsule-not-found');
    expect(new Set(WIRE_ERROR_CODES.map(problemType)).size).toBe(WIRE_ERROR_CODES.length);
  });
});
