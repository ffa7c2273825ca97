import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stdioProgram } from '@maestro/mcp-sim';

/** Always the same place: it stands in pictures. */
export const projectFolder = path.join(tmpdir(), 'maestro-stage', 'tidewater');

/** A program that serves tools over stdio. */
export const toolServer = path.join(projectFolder, 'bin', 'mcp');

const dispatcher = `defmodule Tidewater.Webhooks.Dispatcher do
  @moduledoc "Delivers events to the endpoints of customers."

  # An endpoint that fails is tried again later.
  use Oban.Worker, queue: :webhooks, max_attempts: 12

  @retry_after 5

  @impl Oban.Worker
  def backoff(%Oban.Job{}), do: @retry_after

  @impl Oban.Worker
  def perform(%Oban.Job{args: args}) do
    args |> Tidewater.Webhooks.Request.build() |> Tidewater.Http.post()
  end
end
`;

const storm = Array.from(
  { length: 40 },
  (_, index) =>
    `03:12:${String(index % 60).padStart(2, '0')}.0${index % 10} endpoint=${index % 43} status=503 attempt=${1 + (index % 3)}`,
).join('\n');

const files: Readonly<Record<string, string>> = {
  'README.md': '# Tidewater\n\nBerths, invoices and webhooks of a small harbour.\n',
  'AGENTS.md': '# For agents\n\nElixir 1.18. Format before you finish. Money is in whole cents.\n',
  'lib/tidewater/webhooks/dispatcher.ex': dispatcher,
  'lib/tidewater/billing/invoice.ex':
    'defmodule Tidewater.Billing.Invoice do\n  def total(lines), do: Enum.sum_by(lines, & &1.cents)\nend\n',
  'priv/repo/migrations/20261104_add_ledger.exs':
    'defmodule Tidewater.Repo.Migrations.AddLedger do\n  use Ecto.Migration\nend\n',
  'log/retry-storm.log': `${storm}\n`,
  'test/tidewater/webhooks/dispatcher_test.exs':
    'defmodule Tidewater.Webhooks.DispatcherTest do\n  use ExUnit.Case\nend\n',
};

/** What stands for the test runner of the project: it fails until the delay has a floor. */
const runner = `#!/bin/sh
red='\\033[31m' green='\\033[32m' grey='\\033[90m' off='\\033[0m'
echo 'Compiling 2 files (.ex)'
if grep -q 'max(1' lib/tidewater/webhooks/dispatcher.ex; then
  printf '%b\\n' "$green..................$off" '' "$green""18 tests, 0 failures$off"
  exit 0
fi
printf '%b\\n' "$green.............$red""F$green....$off" '' \\
  "  1) test $red""backoff/1 never exceeds the cap$off (Tidewater.Webhooks.DispatcherTest)" \\
  "     $grey""test/tidewater/webhooks/dispatcher_test.exs:142$off" \\
  '     code:  assert Dispatcher.backoff(job(attempt: 12)) <= 900' \\
  '     left:  0   right: expected at least 1 s' '' "$red""18 tests, 1 failure$off"
exit 2
`;

/** The project that the agents of the stage work on, new each time. */
export async function makeProject(): Promise<void> {
  await rm(path.dirname(projectFolder), { recursive: true, force: true });
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(projectFolder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  await mkdir(path.join(projectFolder, 'bin'));
  await writeFile(path.join(projectFolder, 'bin', 'test'), runner);
  await chmod(path.join(projectFolder, 'bin', 'test'), 0o755);
  // MCP servers stand in pictures by their commands, so those hold no path of this machine.
  await writeFile(toolServer, `#!/bin/sh\nexec '${process.execPath}' '${stdioProgram}' "$@"\n`);
  await chmod(toolServer, 0o755);
}

export async function dropProject(): Promise<void> {
  await rm(path.dirname(projectFolder), { recursive: true, force: true });
}
