/**
 * Requests so broken that no route ever sees them: answered on the bare socket.
 * @module
 */
import { PROBLEM_MEDIA_TYPE } from '@forge-cascade/api';
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { problemOf } from './problem-of.js';
import { Refusal } from './refusal.js';

export function answerClientError(error: { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, problem } = problemOf(refusalOf(error.code), randomUUID());
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n` +
      `Content-Type: ${PROBLEM_MEDIA_TYPE}; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}

function refusalOf(code: string | undefined): Refusal {
  return code === 'HPE_HEADER_OVERFLOW'
    ? new Refusal('HEADERS_TOO_LARGE', 'The address and the header fields together are larger than 16 KB.')
    : new Refusal('MALFORMED_REQUEST', 'This is not HTTP as the server understands it, or it did not arrive in time.');
}
