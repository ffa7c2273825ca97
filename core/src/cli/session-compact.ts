import { SessionStore } from '../client/index.js';
import type { TurnView } from '../protocol/index.js';
import { defineCommand, json, place } from './command.js';
import { needServer, type Server } from './connection.js';
import { EXIT } from './exit.js';
import { plain, printJson } from './output.js';

export const command = defineCommand({
  usage: 'session compact SESSION [--keep TEXT] [--json] [--home D]',
  summary: 'Has the conversation summed up; models read the summary in place of it. The full history stays.',
  notes: ['--keep TEXT   what the summary must hold above all'],
  example: 'maestro session compact 4f1c --keep "the names of all tables"',
  options: { ...place, ...json, keep: { type: 'string' } },
  arity: [1, 1],
  async run(call) {
    const id = call.args[0]!;
    // A server of our own would end, and the turn with it, as soon as it has begun.
    const server = await needServer(call);
    const { turn_id } = await server.rest.compact(id, call.flags.keep ?? null);
    const turn = await ended(server, id, turn_id);
    if (turn.state !== 'completed') {
      call.stderr.write(`maestro: ${plain(turn.error?.message ?? `it was not done: ${turn.state}`)}\n`);
      return EXIT.failed;
    }
    const done = (await server.rest.compactions(id)).items.find((each) => each.turn_id === turn_id);
    if (call.flags.json) printJson(call, done ?? null);
    else
      call.stdout.write(`${done ? `about ${done.tokens_before} tokens before, ${done.tokens_after} now` : 'done'}\n`);
    return 0;
  },
});

/** The turn once it is over. */
async function ended(server: Server, session_id: string, turn_id: string): Promise<TurnView> {
  const socket = server.socket();
  const store = new SessionStore({ rest: server.rest, socket, session_id }).open();
  const over = Promise.withResolvers<TurnView>();
  const look = () => {
    const { turn } = store.view;
    if (turn.turn_id === turn_id && turn.state !== 'queued' && turn.state !== 'running') over.resolve(turn);
  };
  socket.onState((state) => {
    if (state === 'offline') over.reject(new Error('the server does not let us in any more; see `maestro token list`'));
  });
  store.subscribe(look);
  socket.open();
  try {
    await store.ready();
    look();
    return await over.promise;
  } finally {
    over.promise.catch(() => undefined);
    socket.close();
  }
}
