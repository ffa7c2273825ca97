import { createHash } from 'node:crypto';
import type { ConversationRequest, Reply, Step } from './reply.js';

/**
 * Replies derived from the request alone, so that the same request gets the same answer in every run and in every
 * process. The first word of the last user text decides:
 *
 * - `write NAME...`  thinks, says so, calls write_file once for each name (in parallel), then reports the outcome
 * - `read NAME...`   calls read_file, then repeats what it got
 * - `list [DIR]`     calls list_directory
 * - `long N`         answers with N words
 * - anything else is echoed
 *
 * A request that lets the model search gets a search for its text, and an answer that rests on two pages.
 */
export function defaultScript(request: ConversationRequest, seed: string): Reply {
  const digest = createHash('sha256').update(seed).update(request.body).digest('hex');
  if (request.toolResults.length > 0) return afterTools(request);
  if (request.searchesWeb) return searched(request.lastUserText.trim(), digest);
  const [verb = '', ...names] = request.lastUserText.trim().split(/\s+/);
  const key = verb.toLowerCase();
  // Words such as "constructor" are no verbs.
  const act = Object.hasOwn(VERBS, key) ? VERBS[key] : undefined;
  return act ? act({ request, names, seed, digest }) : say(`You said: ${request.lastUserText.trim() || '(nothing)'}`);
}

/** What `write NAME` puts into the file: one line, different for each name, seed and place in the conversation. */
export function contentOf(seed: string, name: string, length: number): string {
  const digest = createHash('sha256').update(`${seed}\n${name}\n${length}`).digest('hex');
  return `${name} ${digest.slice(0, 16)}\n`;
}

interface Order {
  request: ConversationRequest;
  names: string[];
  seed: string;
  digest: string;
}

const VERBS: Readonly<Record<string, (order: Order) => Reply>> = {
  write: (order) =>
    calls(order, 'write_file', (name) => ({ content: contentOf(order.seed, name, order.request.length) })),
  read: (order) => calls(order, 'read_file', () => ({})),
  list: (order) =>
    calls({ ...order, names: order.names.length > 0 ? order.names : ['.'] }, 'list_directory', () => ({})),
  long: ({ names, digest }) => {
    const count = Math.min(Number(names[0]) || 200, 100_000);
    return say(Array.from({ length: count }, (_, index) => digest.slice(index % 56, (index % 56) + 5)).join(' '));
  },
};

function searched(query: string, digest: string): Reply {
  const pages = ['first', 'second'].map((name) => ({
    url: `https://${name}.example/${digest.slice(0, 8)}`,
    title: `The ${name} page on ${query.slice(0, 60)}`,
  }));
  return {
    steps: [
      { type: 'search', query, pages },
      { type: 'text', text: `Found ${pages.length} pages on: ${query}` },
    ],
  };
}

const say = (text: string): Reply => ({ steps: [{ type: 'text', text }] });

function calls({ request, names, digest }: Order, tool: string, args: (name: string) => object): Reply {
  const offered = request.tools.find(({ name }) => name === tool);
  if (!offered) return say(`There is no tool ${tool} here.`);
  const path = offered.parameters.find((parameter) => /path/.test(parameter)) ?? 'file_path';
  const steps = names.map(
    (name, index): Step => ({
      type: 'tool',
      id: `toolu_${digest.slice(0, 20)}${String(index).padStart(2, '0')}`,
      name: tool,
      input: { [path]: name, ...args(name) },
    }),
  );
  const plan = `${tool} for ${names.join(', ')}`;
  return {
    steps: [{ type: 'thinking', text: `The task asks for ${plan}.` }, { type: 'text', text: `Now ${plan}.` }, ...steps],
  };
}

function afterTools({ toolResults }: ConversationRequest): Reply {
  const failed = toolResults.filter(({ isError }) => isError).length;
  const outcome = failed > 0 ? `${failed} of ${toolResults.length} failed` : `${toolResults.length} done`;
  return say(`Finished: ${outcome}. ${toolResults.map(({ text }) => text.slice(0, 200)).join(' | ')}`);
}
