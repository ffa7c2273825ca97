import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Always the same place: it stands in pictures. */
export const projectFolder = path.join(tmpdir(), 'maestro-stage', 'tidewater');

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

/** The project that the agents of the stage work on, new each time. */
export async function makeProject(): Promise<void> {
  await rm(path.dirname(projectFolder), { recursive: true, force: true });
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(projectFolder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

export async function dropProject(): Promise<void> {
  await rm(path.dirname(projectFolder), { recursive: true, force: true });
}
