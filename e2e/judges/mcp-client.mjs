// The client that the conformance suite of MCP judges: our bridge as it is built, with its rows in memory and a browser
// that agrees to everything. `node mcp-client.mjs URL`; the scenario is in the environment.
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ToolServers } from '@maestro/core';

const built = new URL('../../plugins/mcp-bridge/dist/src/', import.meta.url);
const { Bridge } = await import(fileURLToPath(new URL('bridge.js', built)));

const { MCP_CONFORMANCE_CONTEXT: context = '{}' } = process.env;
const { client_id, client_secret } = JSON.parse(context);
/** The address whose document the suite takes for ours, where a server takes addresses. */
const client = client_id
  ? { client_id, client_secret }
  : { client_metadata_url: 'https://conformance-test.local/client-metadata.json' };

const id = 'judge';
let kept = null;
let version = 1;
/** Version of the row that the connection was made for. */
let followed = 0;
const row = {
  ...{ id, name: id, description: '', transport: 'http', url: process.argv.at(-1), command: null, args: [] },
  ...{ working_directory: null, is_enabled: true, settings: {}, env: {}, headers: {} },
};
const rows = {
  list: async () => [row],
  get: async () => {
    followed = version;
    return { ...row, updated_at: String(version) };
  },
  open: async () => ({ ...row, oauth: kept }),
  versions: async () => new Map([[id, String(version)]]),
  changeLogin: async (_id, change, { isNew = false } = {}) => {
    kept = await change(kept);
    if (isNew) version += 1;
  },
};
const log = { debug: show, info: show, warn: show, error: show, child: () => log };
const tools = new Map();
const bridge = new Bridge({
  ...{ servers: new ToolServers(rows), processes: undefined, log, version: '0.1.0' },
  tools: {
    add(tool) {
      tools.set(tool.id, tool);
      return () => tools.delete(tool.id);
    },
  },
});

await bridge.start();
await connected();
for (const tool of tools.values()) await called(tool);
await bridge.close();

/** Connects, and signs in where that is wanted. */
async function connected() {
  const { state, reason } = await bridge.test(id);
  if (state === 'needs_login') await signIn();
  else if (state !== 'connected') throw new Error(`${state}: ${reason}`);
}

/** As a model calls it; more rights are asked for where it wants them. */
async function called(tool) {
  const { properties = {} } = tool.parameters;
  const args = Object.fromEntries(
    Object.entries(properties).map(([name, { type }]) => [name, type === 'number' ? 2 : 'x']),
  );
  for (;;) {
    try {
      const output = await tools.get(tool.id).run(args, call());
      return show(output);
    } catch (error) {
      show(error);
      if (error.code !== 'mcp.needs_login') throw error;
      await signIn();
    }
  }
}

/** What the person's browser does: opens the page, and follows to where the answer is awaited. */
async function signIn() {
  const { authorize_url } = await bridge.login(id, client);
  const before = followed;
  const page = await fetch(authorize_url, { redirect: 'manual' });
  await (await fetch(page.headers.get('location'))).text();
  // The bridge connects anew with what the sign-in left.
  for (const end = Date.now() + 10_000; followed === before || bridge.status(id)?.state !== 'connected'; ) {
    if (Date.now() > end) throw new Error(`after signing in it is ${JSON.stringify(bridge.status(id))}`);
    await delay(10);
  }
}

function call() {
  const signal = AbortSignal.timeout(20_000);
  return {
    ...{ sessionId: 's', callId: 'c', workingDirectory: process.cwd(), signal, progress: show },
    // A person who sends a form as it is.
    question: async ({ fields }) => ({
      outcome: 'answered',
      values: Object.fromEntries(fields.map(({ name }) => [name, ''])),
    }),
  };
}

function show(...words) {
  console.error(...words);
}
