/** How commands are added to the tree. @module */
import type { Command } from 'commander';
import type { CommandContext } from './command-context.js';

/** Commander hands on what the command's own options declare, so each command names the shape it declared. */
export type Run = (context: CommandContext, args: readonly string[], options: never) => Promise<void>;

/** Adds a command with the options that all have. */
export type Define = (parent: Command, signature: string, description: string, load: () => Promise<Run>) => Command;
