/** Verifies a database, reading what is stored past the engine's own reading of it. @module */
import { verifyLedger, type VerifyOptions, type VerifyReport } from '@forge-cascade/core';
import { Connection, type ConnectionOptions } from '../connection.js';
import { neo4jVerifySource } from './neo4j-verify-source.js';

/** @throws DomainError UNAVAILABLE, UNAUTHENTICATED or INVALID_INPUT when the database cannot be read. */
export async function verifyNeo4jStore(options: ConnectionOptions, verify: VerifyOptions): Promise<VerifyReport> {
  const connection = new Connection(options);
  try {
    return await verifyLedger(neo4jVerifySource(connection), verify);
  } finally {
    await connection.close();
  }
}
