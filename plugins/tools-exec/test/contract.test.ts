import { describeTool } from '@maestro/core/testing';
import { openTools } from './support.js';

describe('the contract of tools', () => {
  const open = async (pick: (opened: ReturnType<typeof openTools>) => object) => {
    const opened = openTools();
    const { workingDirectory, close } = opened;
    return { workingDirectory, close, ...pick(opened) } as never;
  };
  const start = async () => {
    const opened = openTools();
    await opened.tools.shell.run({ command: 'echo up; exec sleep 100', is_background: true }, opened.call());
    const pid = opened.processes.list()[0]?.pid;
    return { ...opened, pid };
  };

  describeTool('execute_code', () =>
    open(({ tools }) => ({
      tool: tools.code,
      good: { code: 'echo hello', language: 'bash' },
      failing: { code: 'x', language: 'none-such' },
      unfit: [
        {},
        { code: 'x' },
        { code: '', language: 'bash' },
        { code: 'x', language: 'bash', timeout_seconds: 3_601 },
      ],
    })),
  );
  describeTool('run_shell_command', () =>
    open(({ tools }) => ({
      tool: tools.shell,
      good: { command: 'echo hello', description: 'says hello' },
      failing: { command: 'exit 3' },
      unfit: [{}, { command: '' }, { command: 'x', timeout_seconds: 0 }, { command: 'x', is_background: 'yes' }],
    })),
  );
  describeTool('list_background_processes', async () => {
    const { tools, workingDirectory, close } = await start();
    return { tool: tools.list, workingDirectory, close, good: {}, unfit: [[], 'all'] };
  });
  describeTool('read_background_output', async () => {
    const { tools, workingDirectory, close, pid } = await start();
    const unfit = [{}, { pid: 1 }, { pid: 2.5 }, { pid: 'x' }, { pid, lines: 0 }];
    return { tool: tools.read, workingDirectory, close, good: { pid }, failing: { pid: 2 ** 30 }, unfit };
  });
  describeTool('kill_background_process', async () => {
    const { tools, workingDirectory, close, pid } = await start();
    const unfit = [{}, { pid: 0 }, { pid: -1 }, { pid: 1 }, { pid: null }];
    return { tool: tools.kill, workingDirectory, close, good: { pid }, failing: { pid: 2 ** 30 }, unfit };
  });
});
