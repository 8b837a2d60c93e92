/**
 * The log: one JSON line per event, to standard error. Requests appear with route, status and time; never their
 * addresses, queries, bodies or tokens.
 * @module
 */
import { pino, type DestinationStream, type Logger } from 'pino';
import type { ServerConfig } from './config.js';

export type Log = Logger;

export function createLog(level: ServerConfig['logLevel'], destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    // A second fence: nothing here logs requests whole, and if something ever does, this is what must not show.
    redact: {
      paths: [
        'token',
        'authorization',
        'headers',
        'body',
        'query',
        'url',
        '*.token',
        '*.authorization',
        '*.headers',
        '*.body',
        '*.query',
        '*.url',
        '*.raw',
      ],
      remove: true,
    },
  };
  return pino(options, destination ?? pino.destination({ fd: 2, sync: false }));
}
