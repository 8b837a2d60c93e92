/** Commands at the database's time: processes whose clocks differ agree on what has expired and what comes first. @module */
import type { Command } from './group-needs.js';

/** The command as if its process's clock were the database's: what it wants to hold, it holds for as long as it meant. */
export function atDatabaseTime(command: Command, databaseNow: number): Command {
  const late = databaseNow - command.now;
  const claims = command.request.claims.map((claim) =>
    claim.expiresAt === null ? claim : { ...claim, expiresAt: claim.expiresAt + late },
  );
  return { ...command, now: databaseNow, request: { ...command.request, claims } };
}
