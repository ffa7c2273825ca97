import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { nearest } from '../nearest.js';
import { type Call, type Command, UsageError } from './command.js';
import { describeError, EXIT, exitCodeOf } from './exit.js';
import { helpOf, overview } from './help.js';
import { verbs } from './verbs.js';

/** Runs one verb and ends the process with its exit code. */
export async function main(words: readonly string[]): Promise<void> {
  // A reader that goes away, such as `head`, is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? EXIT.done : 1));
  process.exitCode = await perform(words).catch((error: unknown) => {
    process.stderr.write(`maestro: ${describeError(error)}\n`);
    return exitCodeOf(error);
  });
  // Nothing of ours is left running now; whatever a plugin keeps open must not hold the terminal.
  await drained(process.stdout);
  process.exit();
}

async function perform(words: readonly string[]): Promise<number> {
  const [first, second] = words;
  if (first === '--version' || first === '-v') return tell(`${versionOf()}\n`);
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') return tell(await overview());
  const pair = `${first} ${second ?? ''}`;
  const load = verbs[pair] ?? verbs[first];
  if (!load) return groupOrUnknown(first, second);
  const { command } = await load();
  const rest = words.slice(verbs[pair] ? 2 : 1);
  if (asksForHelp(rest)) return tell(helpOf(command));
  return (await command.run({ ...parsed(command, rest), ...streams() })) ?? EXIT.done;
}

const streams = () => ({ env: process.env, stdin: process.stdin, stdout: process.stdout, stderr: process.stderr });

function parsed(command: Command, words: readonly string[]) {
  const { values, positionals } = parse(command, words);
  const [least, most] = command.arity;
  const count = positionals.length;
  if (count < least || count > most) {
    const what =
      count < least ? 'something is missing' : `"${positionals[most]}" is too much; put quotes around spaces`;
    throw new UsageError(`${what}\nUsage: maestro ${command.usage}`);
  }
  return { flags: values as Call['flags'], args: positionals };
}

function parse(command: Command, words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: command.options, allowPositionals: true });
  } catch (error) {
    // Its messages name the option and what is wrong with it; some go on about positionals.
    const message = (error as Error).message.split('. To specify')[0];
    throw new UsageError(`${message}\nUsage: maestro ${command.usage}`);
  }
}

async function groupOrUnknown(first: string, second: string | undefined): Promise<number> {
  const members = Object.keys(verbs).filter((name) => name.startsWith(`${first} `));
  if (members.length > 0 && (second === undefined || asksForHelp([second]))) return tell(await overview(first));
  const wanted = members.length > 0 ? `${first} ${second}` : first;
  const meant = nearest(wanted, Object.keys(verbs));
  throw new UsageError(
    `there is no verb "${wanted}"${meant ? `; did you mean "${meant}"?` : ''} \`maestro --help\` lists them`,
  );
}

/** Words after `--` are not ours to read. */
function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  const own = end < 0 ? words : words.slice(0, end);
  return own.includes('--help') || own.includes('-h');
}

function tell(text: string): number {
  process.stdout.write(text);
  return EXIT.done;
}

function versionOf(): string {
  return JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')).version;
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0) resolve();
    else stream.write('', () => resolve());
  });
}
