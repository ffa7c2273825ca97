import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { MaestroError } from '../errors.js';
import type { Tool, ToolCallContext, ToolOutput } from '../extension/tool.js';
import { toolCall } from './tool-call.js';

/** A tool with a place to work in. */
export interface ToolHarness {
  // A tool's `run` takes the arguments its own schema describes; here any tool will do.
  tool: Pick<Tool, 'id' | 'title' | 'description' | 'effects' | 'retry'> & {
    parameters: TSchema;
    run(args: never, call: ToolCallContext): Promise<ToolOutput>;
  };
  workingDirectory: string;
  /** Arguments that make it succeed here. */
  good: unknown;
  /** Arguments that fit the schema and that it must refuse here, for the model to read and mend. */
  failing?: unknown;
  /** Arguments that do not fit its schema. */
  unfit: readonly unknown[];
  close(): void | Promise<void>;
}

/** Says in a mocha suite that a tool keeps the contract of `Tool`. */
export function describeTool(name: string, open: () => Promise<ToolHarness>): void {
  describe(`tool ${name}`, () => {
    for (const { title, run } of toolChecks) {
      it(title, async () => {
        const harness = await open();
        try {
          await run(harness);
        } finally {
          await harness.close();
        }
      });
    }
  });
}

export interface ToolCheck {
  title: string;
  run(harness: ToolHarness): Promise<void>;
}

/** The contract, sentence by sentence. */
export const toolChecks: readonly ToolCheck[] = [
  {
    title: 'describes itself to people and models',
    async run({ tool }) {
      assert.match(tool.id, /^[A-Za-z0-9_-]{1,64}$/);
      for (const words of [tool.title, tool.description]) assert.match(words, /\S/, 'title and description');
      assert.ok(['read', 'write', 'exec', 'net'].includes(tool.effects), `effects ${tool.effects}`);
      assert.ok(['safe', 'never'].includes(tool.retry), `retry ${tool.retry}`);
    },
  },
  {
    title: 'has parameters that are a JSON schema of an object and survive JSON',
    async run({ tool, good, unfit }) {
      const plain: { type?: unknown } = JSON.parse(JSON.stringify(tool.parameters));
      assert.equal(plain.type, 'object');
      for (const schema of [tool.parameters, plain as TSchema]) {
        assert.ok(Value.Check(schema, good), 'good arguments do not fit');
        for (const args of unfit) assert.ok(!Value.Check(schema, args), `${JSON.stringify(args)} fits`);
      }
    },
  },
  {
    title: 'gives parts that can be stored and shown',
    async run(harness) {
      const output = await call(harness, harness.good);
      assert.equal(output.is_error ?? false, false);
      checkParts(output);
    },
  },
  {
    title: 'tells the model what went wrong instead of breaking',
    async run(harness) {
      if (harness.failing === undefined) return;
      const output = await call(harness, harness.failing).catch((error: unknown) => error);
      // A thrown MaestroError is told to the model just so.
      if (output instanceof MaestroError) return;
      assert.equal((output as ToolOutput).is_error, true);
      checkParts(output as ToolOutput);
    },
  },
  {
    title: 'may be run again where it says so',
    async run(harness) {
      if (harness.tool.retry === 'never') return;
      const first = await call(harness, harness.good);
      assert.deepEqual(await call(harness, harness.good), first);
    },
  },
  {
    title: 'ends when it is stopped',
    async run(harness) {
      // Either way will do; what may not be is that nothing comes.
      const settled = call(harness, harness.good, AbortSignal.abort()).then(
        () => true,
        () => true,
      );
      assert.ok(await Promise.race([settled, delay(10_000, false, { ref: false })]), 'it goes on');
    },
  },
];

function call({ tool, workingDirectory }: ToolHarness, args: unknown, signal?: AbortSignal): Promise<ToolOutput> {
  return tool.run(args as never, toolCall({ workingDirectory, ...(signal && { signal }) }));
}

function checkParts({ content }: ToolOutput): void {
  assert.ok(content.length > 0, 'no part');
  assert.deepEqual(JSON.parse(JSON.stringify(content)), content, 'changed by JSON');
  for (const part of content) {
    assert.equal(part.v, 1);
    assert.ok(['text', 'image', 'file', 'diff', 'terminal'].includes(part.type), `a part of type ${part.type}`);
  }
}
