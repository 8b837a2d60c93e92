/**
 * The command tree. Commands load when they run, so that `--help` answers at once.
 * @module
 */
import { Command, Option } from 'commander';
import { CommandContext, type CommonOptions, type Surroundings } from './command-context.js';
import type { Define } from './define.js';
import { defineOverlays } from './define-overlays.js';
import { CAPSULE_TYPE_NAMES, count, integer, moment, percent } from './option-values.js';

export function createProgram(surroundings: Surroundings): Command {
  const { terminal } = surroundings;
  const program = new Command('forge')
    .description('Institutional memory: capsules with provable lineage, trust and cited answers.')
    .helpCommand('help [command]', 'show help for a command')
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
    .showSuggestionAfterError()
    .showHelpAfterError('(--help shows what is possible)')
    .exitOverride()
    .addHelpText(
      'after',
      `
Talks to the server that holds the data folder (--data or FORGE_DATA, ./data by default), or to FORGE_URL with
FORGE_TOKEN; opens the memory itself when no server runs: in the data folder, or where FORGE_STORE says.
A capsule is named by its id, by key:NAME, or by its title.
Exit codes: 0 done, 1 failed, 2 not understood.

  $ forge import docs
  $ forge ask "Why did we choose SQLite?"
  $ forge lineage "PEP 566"`,
    );

  const define: Define = (parent, signature, description, load) =>
    parent
      .command(signature)
      .description(description)
      .option('--data <dir>', 'data folder')
      .option('--url <address>', 'server to talk to')
      .option('--json', 'print the API’s body as it is')
      .action(async (...given: unknown[]) => {
        const command = given.at(-1) as Command;
        const options = command.opts<CommonOptions>();
        await (
          await load()
        )(new CommandContext(surroundings, options), command.args, options as never);
      });

  define(
    program,
    'serve',
    'serve the data folder over HTTP',
    async () => (await import('./commands/serve.js')).serveCommand,
  )
    .option('--port <number>', 'port; 0 lets the system choose (FORGE_PORT, 8787)')
    .option('--host <address>', 'address to listen on (FORGE_HOST, 127.0.0.1)');

  define(
    program,
    'import <path>',
    'import a folder or file of Markdown, reStructuredText, text or JSONL',
    async () => (await import('./commands/import.js')).importCommand,
  )
    .option('--collection <path>', 'collection of the documents; the folder’s name by default')
    .option('--dry-run', 'show what would be done')
    .addHelpText(
      'after',
      '\nRun it again at any time: what is unchanged makes nothing, what changed makes a version.\n\n  $ forge import docs --dry-run',
    );

  defineCapsule(program, define);
  defineModel(program, define);
  defineStore(program, define);
  defineOverlays(program, define);

  const filters = (command: Command): Command =>
    command
      .option('--min-trust <0-100>', 'least chain trust', percent)
      .option('--collection <path>', 'this collection and those below it')
      .option('--as-of <time>', 'what was known then (RFC 3339)', moment);
  const allFilters = (command: Command): Command =>
    filters(command)
      .addOption(new Option('--type <type...>', 'any of these types').choices(CAPSULE_TYPE_NAMES))
      .option('--tag <tag...>', 'all of these tags')
      .option('--owner <id>', 'owner')
      .option('--valid-at <time>', 'what was true then (RFC 3339)', moment);
  allFilters(
    define(
      program,
      'search <words...>',
      'find capsules',
      async () => (await import('./commands/search.js')).searchCommand,
    ),
  )
    .option('--limit <number>', 'hits', count)
    .option('--cursor <cursor>', 'go on where a page ended')
    .option('--why-not <capsule>', 'say what keeps this capsule out, or how far down it is')
    .option('--explain', 'say in words why each hit stands where it does')
    .addHelpText('after', '\n  $ forge search "rate limits" --tag decision --min-trust 60');
  allFilters(
    define(
      program,
      'similar <capsule>',
      'find what is like a capsule',
      async () => (await import('./commands/similar.js')).similarCommand,
    ),
  )
    .option('--limit <number>', 'capsules', count)
    .addHelpText('after', '\n  $ forge similar "PEP 343" --limit 5');
  filters(
    define(
      program,
      'ask <question...>',
      'answer a question, citing capsules',
      async () => (await import('./commands/ask.js')).askCommand,
    ),
  )
    .option('--limit <number>', 'capsules the answer may rest on', count)
    .option('--save', 'keep the answer as a capsule that cites its sources')
    .option('--timing', 'show what each phase took')
    .addHelpText('after', '\n  $ forge ask "Why did PEP 340 not make it, and what replaced it?"');

  define(
    program,
    'lineage <capsule>',
    'where a capsule comes from, or what came of it',
    async () => (await import('./commands/lineage.js')).lineageCommand,
  )
    .addOption(
      new Option('--direction <direction>', 'which way to walk')
        .choices(['ancestors', 'descendants'])
        .default('ancestors'),
    )
    .option('--depth <edges>', 'edges to follow; to the end by default', count)
    .addOption(new Option('--format <format>', 'how to print it').choices(['tree', 'json', 'dot']).default('tree'))
    .addHelpText('after', '\n  $ forge lineage "PEP 566" --format dot | dot -Tsvg > lineage.svg');

  define(
    program,
    'verify',
    're-hash everything stored against its ledger and checkpoint',
    async () => (await import('./commands/verify.js')).verifyCommand,
  )
    .option('--since <file>', 'a checkpoint that was kept elsewhere')
    .option('--key <key...>', 'public keys to believe; the folder’s own by default')
    .addHelpText(
      'after',
      '\nReads what is stored, past the engine; a data folder also beside a running server.\n\n  $ forge verify --data ./data',
    );

  define(
    program,
    'eval <folder>',
    'measure how well questions find what people judged relevant',
    async () => (await import('./commands/eval.js')).evalCommand,
  )
    .option('--into', 'store the documents in the memory there is; otherwise in one that is gone afterwards')
    .option('--name <name>', 'collection eval/NAME; the folder’s name by default')
    .option('--embeddings <model>', 'hashing, onnx:NAME, openai:MODEL or none (FORGE_EMBEDDINGS)')
    .option('--run <file>', 'also write what was found, as query, document, rank and score')
    .addHelpText(
      'after',
      '\nThe folder holds docs.jsonl, queries.jsonl and qrels.jsonl.\n\n  $ forge eval examples/evaluation-set --embeddings none',
    );

  define(program, 'audit', 'read the ledger', async () => (await import('./commands/audit.js')).auditCommand)
    .option('--limit <number>', 'entries', count)
    .option('--cursor <cursor>', 'go on where a page ended')
    .option('--capsule <capsule>', 'entries about this capsule, all its versions')
    .option('--type <type>', 'event type, such as capsule.created')
    .option('--from <time>', 'since then (RFC 3339)', moment)
    .option('--to <time>', 'before then (RFC 3339)', moment)
    .option('--correlation <id>', 'everything one request caused');

  define(
    program,
    'status',
    'what the memory holds and how it is',
    async () => (await import('./commands/status.js')).statusCommand,
  );
  inherit(program);
  return program;
}

function defineCapsule(program: Command, define: Define): void {
  const capsule = program.command('capsule').description('create, read, change and judge capsules');
  const writing = () => import('./commands/capsule-write.js');
  const judging = () => import('./commands/capsule-judge.js');
  const body = (command: Command): Command =>
    command
      .option('--title <text>', 'title')
      .option('--content <text>', 'content; otherwise --file or standard input')
      .option('--file <path>', 'read the content from a file; - is standard input')
      .addOption(new Option('--type <type>', 'what kind of capsule').choices(CAPSULE_TYPE_NAMES))
      .option('--tag <tag...>', 'tags')
      .option('--metadata <json>', 'a JSON object')
      .option('--collection <path>', 'slash-separated path')
      .option('--position <number>', 'place in the collection', integer)
      .option('--valid-from <time>', 'since when it holds true (RFC 3339)', moment)
      .option('--valid-to <time>', 'until when', moment)
      .option('--derived-from <capsule:relation:reason...>', 'parents; relation and reason may be left out');
  body(define(capsule, 'create', 'create a capsule', async () => (await writing()).createCommand))
    .option('--key <name>', 'names the series; create again with the same key to find it')
    .addOption(new Option('--if-exists <what>', 'when the key is taken').choices(['return', 'version', 'fail']))
    .option('--no-check-duplicates', 'do not look for what says nearly the same')
    .addHelpText(
      'after',
      '\n  $ echo "Why we left X" | forge capsule create --title "Leaving X" --type decision --derived-from key:x:fork',
    );
  define(
    capsule,
    'get <capsule>',
    'show a capsule in full',
    async () => (await import('./commands/capsule-read.js')).getCommand,
  );
  body(define(capsule, 'update <capsule>', 'make the next version', async () => (await writing()).updateCommand))
    .addOption(new Option('--bump <part>', 'part of the version that moves').choices(['major', 'minor', 'patch']))
    .addOption(
      new Option('--relation <relation>', 'a correction does not inherit a bad head’s trust').choices([
        'version',
        'correction',
      ]),
    )
    .option('--if-match <id>', 'the head you saw; the present one by default')
    .option('--reason <text>', 'why');
  body(
    define(capsule, 'fork <capsule>', 'start a new series from a version', async () => (await writing()).forkCommand),
  )
    .option('--key <name>', 'names the new series')
    .option('--reason <text>', 'why');
  const reason = (command: Command): Command => command.option('--reason <text>', 'why');
  reason(
    define(
      capsule,
      'archive <capsule>',
      'hide a series from search, never from lineage',
      async () => (await judging()).archiveCommand,
    ),
  );
  reason(define(capsule, 'unarchive <capsule>', 'show it again', async () => (await judging()).unarchiveCommand));
  reason(
    define(
      capsule,
      'revert <capsule>',
      'make an old version the next one',
      async () => (await judging()).revertCommand,
    ),
  ).option('--to <version>', 'id or number of the version; the one before by default');
  define(
    capsule,
    'history <capsule>',
    'all versions, newest first',
    async () => (await import('./commands/capsule-read.js')).historyCommand,
  );
  reason(
    define(
      capsule,
      'trust <capsule>',
      'show trust and its history, or change it',
      async () => (await judging()).trustCommand,
    ),
  )
    .option('--level <0-100>', 'set trust (reviewers)', percent)
    .addOption(
      new Option('--signal <signal>', 'a small, bounded adjustment').choices([
        'helpful',
        'unhelpful',
        'confirmed',
        'disputed',
      ]),
    )
    .option('--evidence <json>', 'what it rests on, a JSON object');
  reason(
    define(
      capsule,
      'quarantine <capsule>',
      'block it and taint what rests on it',
      async () => (await judging()).quarantineCommand,
    ),
  ).option('--lift', 'take it back');
  reason(
    define(
      capsule,
      'retract <capsule>',
      'withdraw it and taint what rests on it',
      async () => (await judging()).retractCommand,
    ),
  ).option('--lift', 'take it back');
}

function defineModel(program: Command, define: Define): void {
  const model = program.command('model').description('embedding models of a data folder');
  const commands = () => import('./commands/model.js');
  define(
    model,
    'add <path-or-name>',
    'add a local ONNX model from a folder, or by its name on a hub',
    async () => (await commands()).addModelCommand,
  )
    .option('--name <name>', 'what to call it; the last part of the path or name by default')
    .addHelpText(
      'after',
      '\nA folder holds tokenizer.json and model.onnx. Names are looked up at FORGE_MODEL_HUB.\n\n  $ forge model add minilm\n  $ forge model add ./my-model --name ours',
    );
  define(model, 'list', 'models, and which one is in use', async () => (await commands()).listModelsCommand);
  define(model, 'remove <name>', 'delete a local model', async () => (await commands()).removeModelCommand);
}

function defineStore(program: Command, define: Define): void {
  const store = program.command('store').description('where the memory lies: move it, look after it');
  const commands = () => import('./commands/store.js');
  define(
    store,
    'migrate',
    'move the memory to another place or engine, and seal it where it was',
    async () => (await commands()).migrateCommand,
  )
    .requiredOption('--from <address>', 'sqlite:DIR or the address of a Neo4j server')
    .requiredOption('--to <address>', 'where it goes; empty, or left half done by this command')
    .option('--again', 'the source moved before, and the store it moved to is lost')
    .addHelpText(
      'after',
      '\nCut off at any point, it goes on when it is run again. User, password, database: FORGE_STORE_USER,\nFORGE_STORE_PASSWORD, FORGE_STORE_DATABASE; for two servers, in their addresses.\n\n  $ forge store migrate --from sqlite:./data --to neo4j://localhost:7687',
    );
  define(
    store,
    'check',
    'look at schema, indexes, counts and every proof of the memory',
    async () => (await commands()).checkCommand,
  ).addHelpText('after', '\nEnds with 1 and the names of what is wrong.\n\n  $ forge store check --json');
}

/** Settings such as `exitOverride` do not reach commands that were made before or below. */
function inherit(program: Command): void {
  for (const command of program.commands) {
    command.copyInheritedSettings(program).allowExcessArguments(false);
    inherit(command);
  }
}
