import { defineConfig } from 'vitest/config';

// Tiers by file suffix: unit tests are pure, int tests use real engines and servers, e2e tests spawn processes. Onnx,
// neo4j and redis tests need what is not part of the install (`npm test -- onnx neo4j redis`).
const SUFFIXES = ['.int.test.ts', '.e2e.test.ts', '.onnx.test.ts', '.neo4j.test.ts', '.redis.test.ts'];
const tier = (name: string, suffix: string, timeout: number) => ({
  test: {
    name,
    include: [`{packages,apps,overlays,tools,bench}/**/*${suffix}`],
    exclude: ['**/node_modules/**', '**/dist/**', ...(name === 'unit' ? SUFFIXES.map((other) => `**/*${other}`) : [])],
    testTimeout: timeout,
    hookTimeout: timeout,
    pool: 'forks' as const,
  },
});

export default defineConfig({
  test: {
    projects: [
      tier('unit', '.test.ts', 20_000),
      tier('int', '.int.test.ts', 60_000),
      tier('e2e', '.e2e.test.ts', 300_000),
      tier('onnx', '.onnx.test.ts', 60_000),
      tier('neo4j', '.neo4j.test.ts', 120_000),
      tier('redis', '.redis.test.ts', 60_000),
    ],
  },
});
