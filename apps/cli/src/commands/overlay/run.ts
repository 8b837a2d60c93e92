/** `forge overlay run`. @module */
import type { CommandContext } from '../../command-context.js';
import { inOneLine, printable } from '../../output/paint.js';
import { UsageError } from '../../usage-error.js';

interface Flags {
  readonly input?: string;
}

export async function runCommand(
  context: CommandContext,
  [id = '', handler = '']: readonly string[],
  { input = '{}' }: Flags,
): Promise<void> {
  const given = jsonOf(input);
  await context.withClient(async (client) => {
    const { body } = await client.runOverlay({ params: { id }, body: { handler, input: given } });
    if (body.fault !== null) context.fail();
    context.print(body, () =>
      [
        ...body.logs.map(({ level, text }) => context.paint('dim', `${level}: ${inOneLine(text)}`)),
        body.fault === null
          ? printable(JSON.stringify(body.output, null, 2))
          : context.paint('red', `${body.fault.code}: ${inOneLine(body.fault.message)}`),
        context.paint('dim', `fuel ${body.fuel}, host calls ${body.host_calls}`),
        context.paint('dim', `receipt ${body.receipt_id}, correlation ${body.correlation_id}`),
      ].join('\n'),
    );
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError('--input must be JSON, such as \'{"query":"why"}\'.');
  }
}
