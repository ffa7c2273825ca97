import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Message, SessionEvent } from '@maestro/core/protocol';
import { expect } from 'chai';
import { maestro } from '../support/command.js';
import { dropHome, makeHome } from '../support/maestro-process.js';

/**
 * Real providers, for real money (a cent or so): only with keys in the environment, and named as pending without.
 * MAESTRO_LIVE_ANTHROPIC_MODEL and its like choose another model.
 */
const providers = [
  { id: 'anthropic', keys: ['ANTHROPIC_API_KEY'], model: 'claude-haiku-4-5' },
  { id: 'openai', keys: ['OPENAI_API_KEY'], model: 'gpt-5-mini' },
  { id: 'gemini', keys: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'], model: 'gemini-2.5-flash' },
] as const;

for (const { id, keys, model: usual } of providers) {
  describe(`the real ${id}`, function () {
    this.timeout(180_000);
    const found = keys.find((name) => process.env[name]);
    const model = process.env[`MAESTRO_LIVE_${id.toUpperCase()}_MODEL`] ?? usual;
    let home: string;
    let folder: string;

    before(async function () {
      if (!found) {
        console.log(`      skipped: no key in ${keys.join(' or ')}`);
        return this.skip();
      }
      home = await makeHome();
      folder = await mkdtemp(path.join(tmpdir(), 'maestro-live-'));
    });
    after(async () => {
      if (!found) return;
      await dropHome(home);
      await rm(folder, { recursive: true, force: true });
    });

    const run = (prompt: string) =>
      maestro(['run', prompt, '--json', '-m', `${id}/${model}`, '-C', folder], {
        home,
        env: { [found!]: process.env[found!] },
      });
    const messages = (stdout: string): Message[] =>
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as SessionEvent)
        .flatMap((event) => (event.type === 'message.added' ? [event.data.message] : []));

    it('answers, and the tokens and their cost are known', async () => {
      const { code, stdout, stderr } = await run('Answer with the single word "pong".');
      expect(code, stderr).to.equal(0);
      const reply = messages(stdout).findLast(({ role }) => role === 'assistant');
      expect(JSON.stringify(reply?.parts)).to.match(/pong/i);
      expect(reply?.request_tokens).to.be.greaterThan(0);
      expect(reply?.response_tokens).to.be.greaterThan(0);
      expect(reply?.estimated).to.equal(false);
      expect(Number(reply?.total_cost_usd)).to.be.greaterThan(0);
    });

    it('calls a tool and goes on with its result', async () => {
      const { code, stdout, stderr } = await run(
        'Write the word "hello" into the file note.txt with your tools, then say done.',
      );
      expect(code, stderr).to.equal(0);
      const results = messages(stdout).flatMap(({ parts }) => parts.filter(({ type }) => type === 'tool_result'));
      expect(results).not.to.be.empty;
    });

    it('lists its models', async () => {
      const { code, stdout } = await maestro(['models', id, '--refresh', '--json'], {
        home,
        env: { [found!]: process.env[found!] },
      });
      expect(code).to.equal(0);
      expect(JSON.parse(stdout)).not.to.be.empty;
    });
  });
}
