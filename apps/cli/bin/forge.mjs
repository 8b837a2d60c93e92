#!/usr/bin/env node
import { existsSync } from 'node:fs';

if (existsSync(new URL('../dist/main.js', import.meta.url))) {
  await import('../dist/main.js');
} else {
  console.error('error: this clone is not built yet\nRun `npm start` once, or `npm ci && npm run build`.');
  process.exitCode = 1;
}
