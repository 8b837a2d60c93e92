import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDomainError } from '../errors.js';
import { aManifest, aManifestText } from './given-overlay.js';
import { isEventType, matchesType, parseManifest } from './manifest.js';

const MINIMAL = { abi: 1, id: 'a', name: 'A', version: '1.0.0', capabilities: [], exports: ['run'] };

describe('a manifest', () => {
  it('[OVL-1] is read with the defaults of what it leaves out', () => {
    expect(parseManifest(MINIMAL)).toEqual({
      abi: 1,
      id: 'a',
      name: 'A',
      version: '1.0.0',
      description: '',
      capabilities: [],
      dependencies: [],
      trustRequired: 40,
      exports: ['run'],
      fuelBudget: { run: 5_000_000 },
      memoryLimitPages: 256,
      deadlineMs: 1_000,
      subscriptions: [],
      allowWildcards: false,
      allowedHosts: [],
      config: {},
    });
  });

  it('[OVL-1] is read as it says', () => {
    const manifest = aManifest({
      dependencies: ['learner', { id: 'guard', version: '^1.0.0' }],
      trust_required: 60,
      fuel_budget: { analyse: 7, initialize: 8 },
      memory_limit_pages: 1_024,
      deadline_ms: 10_000,
      subscriptions: [{ type: 'security_*', handler: 'on_threat' }],
      allow_wildcards: true,
      capabilities: ['EVENT_SUBSCRIBE', 'NETWORK_ACCESS'],
      allowed_hosts: ['API.example.org', 'localhost:8080'],
      config: { threshold: 0.85 },
    });
    expect(manifest).toMatchObject({
      dependencies: [
        { id: 'learner', version: '*' },
        { id: 'guard', version: '^1.0.0' },
      ],
      trustRequired: 60,
      fuelBudget: { initialize: 8, analyse: 7 },
      subscriptions: [{ type: 'security_*', handler: 'on_threat' }],
      allowedHosts: ['api.example.org', 'localhost:8080'],
      config: { threshold: 0.85 },
    });
  });

  it('[OVL-1] takes a version with all that SemVer allows', () => {
    const version = '1.0.0-rc.1+b';
    expect(parseManifest({ ...MINIMAL, version }).version).toBe(version);
  });

  it.each([
    ['abi', { abi: 2 }],
    ['id', { id: 'Watcher' }],
    ['id', { id: '' }],
    ['name', { name: '' }],
    ['version', { version: '1.2' }],
    ['version', { version: 'v1.2.0' }],
    ['version', { version: '1.2.0+' }],
    ['version', { version: '1.2.0+a_b' }],
    ['description', { description: 7 }],
    ['capabilities[0]', { capabilities: ['ROOT'] }],
    ['capabilities', { capabilities: ['DATABASE_READ', 'DATABASE_READ'] }],
    ['capabilities', { capabilities: undefined }],
    ['dependencies', { dependencies: 'guard' }],
    ['dependencies', { dependencies: ['guard', { id: 'guard' }] }],
    ['dependencies', { dependencies: ['watcher'] }],
    ['dependencies[0].version', { dependencies: [{ id: 'guard', version: 'newest' }] }],
    ['dependencies[0].range', { dependencies: [{ id: 'guard', range: '1' }] }],
    ['trust_required', { trust_required: 101 }],
    ['exports', { exports: [] }],
    ['exports', { exports: undefined }],
    ['exports[0]', { exports: ['memory'] }],
    ['exports[0]', { exports: ['forge.fuel'] }],
    ['exports[1]', { exports: ['a', 'a b'] }],
    ['fuel_budget.nothing', { fuel_budget: { nothing: 1 } }],
    ['fuel_budget.analyse', { fuel_budget: { analyse: 1_000_000_001 } }],
    ['fuel_budget.analyse', { fuel_budget: { analyse: 0.5 } }],
    ['memory_limit_pages', { memory_limit_pages: 1_025 }],
    ['deadline_ms', { deadline_ms: 0 }],
    ['subscriptions[0].handler', { subscriptions: [{ type: 'a', handler: 'nobody' }] }],
    ['subscriptions[0].type', { subscriptions: [{ type: 'Threat', handler: 'on_threat' }] }],
    ['subscriptions[0].type', { subscriptions: [{ type: 'threat_*', handler: 'on_threat' }] }],
    ['subscriptions', { subscriptions: [{ type: 'a', handler: 'on_threat' }], capabilities: [] }],
    ['allow_wildcards', { allow_wildcards: 'yes' }],
    ['allowed_hosts[0]', { allowed_hosts: ['https://example.org'], capabilities: ['NETWORK_ACCESS'] }],
    ['allowed_hosts[0]', { allowed_hosts: ['x.com:70000'], capabilities: ['NETWORK_ACCESS'] }],
    ['allowed_hosts', { allowed_hosts: ['example.org'] }],
    ['config', { config: [] }],
    ['permissions', { permissions: [] }],
    ['manifest', { config: { text: '\ud800' } }],
  ])('[OVL-1] is refused with the name of the field: %s', (field, fields) => {
    expect(() => parseManifest(aManifestText(fields))).toThrowError(
      expect.objectContaining({ code: 'INVALID_INPUT', details: { field } }) as Error,
    );
  });

  it('[OVL-1] is refused when it is too large or no object', () => {
    expect(() => parseManifest(aManifestText({ config: { text: 'x'.repeat(70_000) } }))).toThrowError(
      expect.objectContaining({ code: 'TOO_LARGE' }) as Error,
    );
    for (const given of [null, [], 'text', 7, undefined]) {
      expect(() => parseManifest(given)).toThrowError(expect.objectContaining({ code: 'INVALID_INPUT' }) as Error);
    }
  });

  it('[OVL-1] of whatever shape is read or refused by name, never otherwise', () => {
    const mangled = fc.dictionary(
      fc.constantFrom(...Object.keys(aManifestText({ config: {}, dependencies: [] }))),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(mangled, (fields) => {
        try {
          parseManifest(aManifestText(fields));
        } catch (error) {
          expect(isDomainError(error)).toBe(true);
        }
      }),
    );
  });
});

describe('event types', () => {
  it('[OVL-2] are lower-case words joined by _ or .', () => {
    for (const type of ['security_threat', 'capsule.created', 'a1', 'x'.repeat(64)])
      expect(isEventType(type)).toBe(true);
    for (const type of ['', 'A', 'a__b', '_a', 'a.', 'a b', '*', 'x'.repeat(65), 7])
      expect(isEventType(type)).toBe(false);
  });

  it('[OVL-2] are meant by themselves, or by what a wildcard leaves open', () => {
    const means = (pattern: string) =>
      ['security_threat', 'security', 'capsule.created'].filter((t) => matchesType(pattern, t));
    expect(means('security')).toEqual(['security']);
    expect(means('security_*')).toEqual(['security_threat']);
    expect(means('*')).toHaveLength(3);
    expect(means('*e*e*')).toEqual(['security_threat', 'capsule.created']);
    expect(means('c*d')).toEqual(['capsule.created']);
    expect(matchesType('ab*ba', 'aba')).toBe(false);
  });
});
