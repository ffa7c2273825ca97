import { definePlugin, type View } from '@maestro/core';

// A plugin that is not of this repository, loaded into the server by plugin-loader.ts: every kind of view, hostile
// texts, panels that break, settings with a secret. Its settings are a plain JSON schema, as a stranger's would be.

const evil = `<img src=x onerror="alert(1)"><script>alert(2)</script>\u202egnp.exe [x](javascript:alert(3)) ![y](https://elsewhere.example/p.png)`;

const every: View = {
  type: 'stack',
  items: [
    {
      type: 'row',
      items: [
        { type: 'stat', label: 'passed', value: '318', tone: 'good' },
        { type: 'stat', label: 'failed', value: '2', tone: 'bad' },
        { type: 'stat', label: 'last run', value: '41.6', unit: 's' },
      ],
    },
    {
      type: 'row',
      items: [
        { type: 'gauge', label: 'Queue', value: 82, max: 100, unit: '%', tone: 'warn' },
        { type: 'gauge', label: 'Workers', value: 3, max: 8 },
      ],
    },
    {
      type: 'table',
      columns: [
        { key: 'name', label: 'Suite' },
        { key: 'ms', label: 'Time', align: 'end' },
      ],
      rows: [
        { name: 'unit', ms: 1234.5 },
        { name: 'browser', ms: null },
      ],
    },
    {
      type: 'log',
      lines: Array.from({ length: 60 }, (_, n) => ({ at: new Date(1e12 + n * 1e3).toISOString(), text: `line ${n}` })),
    },
    { type: 'markdown', text: '## Notes\n\n- one\n- **two**' },
    { type: 'tree', nodes: [{ label: 'root', open: true, children: [{ label: 'leaf', detail: '3 files' }] }] },
  ],
};

const hostile: View = {
  type: 'stack',
  title: evil,
  items: [
    { type: 'stat', label: evil, value: evil, unit: evil },
    { type: 'gauge', label: evil, value: 1, max: 2, unit: evil },
    { type: 'series', label: evil, unit: evil, lines: [{ name: evil, points: [[1e12, 1]] }] },
    { type: 'table', columns: [{ key: 'a', label: evil }], rows: [{ a: evil }] },
    { type: 'log', lines: [{ at: '<b>now</b>', text: `\u001b]0;title\u0007${evil}` }] },
    { type: 'markdown', text: evil },
    { type: 'tree', nodes: [{ label: evil, detail: evil, children: [{ label: evil }] }] },
    {
      type: 'form',
      action: 'save',
      submit: evil,
      fields: [
        { name: 'a', label: evil, hint: evil, kind: 'text', value: evil },
        { name: 'b', label: evil, kind: 'choice', choices: [evil], value: evil },
        { name: 'c', label: evil, hint: evil, kind: 'switch' },
      ],
    },
    { type: 'button', label: evil, action: 'save', confirm: evil },
  ],
};

export default definePlugin({
  name: '@test/panels',
  config: {
    type: 'object',
    properties: {
      greeting: { type: 'string', default: 'hello', minLength: 2, title: 'Greeting', description: 'What it says' },
      token: { type: 'string', default: '', secret: true, title: 'Token' },
      times: { type: 'integer', default: 1, minimum: 1, maximum: 9, title: 'How often' },
      loud: { type: 'boolean', default: false, title: 'Loud' },
      inner: {
        type: 'object',
        default: {},
        additionalProperties: false,
        properties: { colour: { enum: ['red', 'green'], default: 'red', title: 'Colour' } },
      },
    },
  } as never,
  activate(ctx, config) {
    const { greeting } = config as { greeting: string };
    ctx.log.info(`says ${greeting}`);
    let count = 0;
    let isMended = false;
    let told: (() => void) | undefined;
    const changed = () => {
      const wait = new Promise<void>((resolve) => {
        told = resolve;
      });
      return wait;
    };
    ctx.panels.add({
      id: 'every-kind',
      title: 'Every kind',
      slot: 'dashboard',
      size: 'm',
      async *view() {
        yield every;
      },
    });
    ctx.panels.add({
      id: 'counter',
      title: 'Counter',
      slot: 'dashboard',
      async *view(_ctx, signal) {
        signal.addEventListener('abort', () => told?.());
        while (!signal.aborted) {
          yield {
            type: 'stack',
            items: [
              { type: 'stat', label: greeting, value: String(count) },
              { type: 'form', action: 'set', submit: 'Set', fields: [{ name: 'to', label: 'To', kind: 'number' }] },
              { type: 'button', label: 'Reset', action: 'reset', tone: 'bad', confirm: 'Back to zero?' },
              { type: 'button', label: 'Fail', action: 'fail' },
            ],
          };
          await changed();
        }
      },
      actions: {
        set: ({ to }) => {
          count = Number(to);
          told?.();
        },
        reset: () => {
          count = 0;
          told?.();
        },
        fail: () => {
          throw new Error('the counter is stuck');
        },
      },
    });
    ctx.panels.add({
      id: 'fragile',
      title: 'Fragile',
      slot: 'dashboard',
      async *view() {
        yield { type: 'markdown', text: isMended ? 'mended' : 'whole' };
        if (isMended) return;
        isMended = true;
        throw new Error('a string snapped');
      },
    });
    ctx.panels.add({
      id: 'hostile',
      title: evil,
      slot: 'dashboard',
      size: 'm',
      async *view() {
        yield hostile;
      },
      actions: { save: () => undefined },
    });
    ctx.panels.add({
      id: 'beside',
      title: 'Beside',
      slot: 'session',
      async *view({ sessionId }) {
        yield { type: 'markdown', text: `stands beside ${sessionId}` };
      },
    });
  },
});
