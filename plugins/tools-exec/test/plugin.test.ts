import { mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { definePlugin, Processes, type Session } from '@maestro/core';
import { ScriptedProvider, say, startTestMaestro, toolCall } from '@maestro/core/testing';
import { expect } from 'chai';
import plugin from '../src/index.js';
import { removeOldOutputs } from '../src/old-outputs.js';
import { plainText } from '../src/plain-text.js';

describe('the plugin', () => {
  it('adds its tools to a platform, and languages of its settings', async () => {
    const settings = { languages: { awk: { command: 'awk', args: ['-f'], extension: '.awk' } } };
    const maestro = await startTestMaestro({ plugins: [{ plugin, settings }] });
    try {
      const tools = maestro.services.registries.tools.all();
      expect(tools.map(({ id }) => id).sort()).to.deep.equal([
        'execute_code',
        'kill_background_process',
        'list_background_processes',
        'read_background_output',
        'run_shell_command',
      ]);
      expect(tools.find(({ id }) => id === 'execute_code')?.description).to.contain('awk, bash');
    } finally {
      await maestro.close();
    }
  });
});

describe('a background process', () => {
  it('ends when its session is removed, with all it started; those of other sessions run on', async () => {
    const silent = new ScriptedProvider(() => [say('nothing')]);
    const provider = definePlugin({ name: 'silent', activate: (ctx) => void ctx.providers.add(silent) });
    const maestro = await startTestMaestro({ plugins: [{ plugin }, { plugin: provider }] });
    try {
      const processes = maestro.services.container.resolve(Processes);
      const start = async () => {
        const { session_id } = await maestro.request<Session>('/sessions', { provider: silent.id, model: 'any' });
        const command = 'sleep 300 & sleep 300';
        const tool = maestro.services.registries.tools.get('run_shell_command');
        await tool.run({ command, is_background: true }, toolCall({ sessionId: session_id }));
        return session_id;
      };
      const [removed, kept] = [await start(), await start()];
      await maestro.request(`/sessions/${removed}`, undefined, 'DELETE');
      const end = Date.now() + 20_000;
      while (processes.list().some(({ sessionId }) => sessionId === removed) && Date.now() < end) await delay(20);
      expect(processes.list().map(({ sessionId }) => sessionId)).to.deep.equal([kept]);
    } finally {
      await maestro.close();
    }
  });
});

describe('what a command of a running platform sees', () => {
  const canaries = {
    MAESTRO_MASTER_KEY_FILE: 'canary-1',
    DATABASE_URL: 'canary-2',
    REDIS_URL: 'canary-3',
    PGPASSWORD: 'canary-4',
    ACME_API_KEY: 'canary-5',
    ACME_UNUSUAL: 'canary-6',
  };
  const acme = definePlugin({
    name: 'acme',
    activate(ctx) {
      const ways = { provider: 'acme', kind: 'api_key', label: 'key', env: ['ACME_UNUSUAL'], fields: [] } as const;
      ctx.auth.add({ ...ways, id: 'acme/key', complete: () => ({}) });
    },
  });

  it('is the working directory of its session, nothing to read, and no key of anybody', async () => {
    Object.assign(process.env, canaries);
    const maestro = await startTestMaestro({ plugins: [{ plugin }, { plugin: acme }] });
    try {
      const call = toolCall({ workingDirectory: '/' });
      const command = 'pwd; cat; readlink /proc/self/fd/0; env';
      const output = await maestro.services.registries.tools.get('run_shell_command').run({ command }, call);
      const shown = JSON.stringify(output.content);
      expect(shown).to.contain('/\\n/dev/null\\n').and.to.contain('PATH=');
      expect(shown).not.to.contain('canary');
      expect(shown).not.to.match(/postgres(ql)?:\/\//);
    } finally {
      for (const name of Object.keys(canaries)) delete process.env[name];
      await maestro.close();
    }
  });
});

describe('files of long outputs', () => {
  it('go after a week, and nothing else goes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'old-outputs-'));
    const weekAgo = Date.now() / 1_000 - 8 * 86_400;
    const [old, young] = ['0123456789abcdef', 'fedcba9876543210'].map((id) => `maestro-output-${id}.log`) as [
      string,
      string,
    ];
    for (const name of [old, young, 'maestro-output-x.log', 'theirs.log']) {
      writeFileSync(join(folder, name), '');
      if (name !== young) utimesSync(join(folder, name), weekAgo, weekAgo);
    }
    symlinkSync('theirs.log', join(folder, 'maestro-output-00000000ffffffff.log'));
    await removeOldOutputs(folder);
    expect(readdirSync(folder)).to.have.lengthOf(4);
    expect(readdirSync(folder)).not.to.contain(old);
    rmSync(folder, { recursive: true });
  });
});

describe('plain text', () => {
  it('is made of hostile text in time', () => {
    for (const piece of ['\u001b[', '\u001b]', '\u001b[1', '\u001b]8;', '\u009b']) {
      const began = performance.now();
      expect(plainText(piece.repeat(200_000)).includes('\u001b')).to.equal(false);
      expect(performance.now() - began).to.be.lessThan(1_000);
    }
  });
});
