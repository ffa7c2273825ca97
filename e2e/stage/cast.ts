import type { Reply, Step } from '@maestro/provider-sim';

const say = (text: string): Step => ({ type: 'text', text });
const think = (text: string): Step => ({ type: 'thinking', text });
const call = (name: string, input: object): Step => ({ type: 'tool', name, input });
const wait = (name: string): Step => ({ type: 'hold', name });
const reply = (input: number, output: number, ...steps: Step[]): Reply => ({
  steps,
  usage: { input_tokens: input, output_tokens: output },
});

/** An agent of the stage, and what its model says to each message, round by round. */
export interface Actor {
  name: string;
  role: string;
  provider: 'anthropic' | 'openai' | 'gemini';
  model: string;
  says: Readonly<Record<string, readonly Reply[]>>;
  /** What the last message leaves it at. */
  ends: 'idle' | 'streaming' | 'thinking' | 'tool' | 'approval' | 'error';
}

const runTests = call('run_shell_command', { command: 'bin/test test/tidewater/webhooks' });
const dispatcher = 'lib/tidewater/webhooks/dispatcher.ex';

const atlas: Actor = {
  name: 'Atlas',
  role: 'Lead',
  provider: 'anthropic',
  model: 'claude-sonnet-5',
  ends: 'streaming',
  says: {
    'Webhook deliveries hammer': [
      reply(
        2_104,
        310,
        think(
          'The delay is a module attribute, so the dispatcher cannot vary it per attempt. Oban already passes the attempt number, so the delay can be a pure function of it.',
        ),
        say('I will read the dispatcher first and ask for the storm in the log to be measured at the same time.'),
        call('read_file', { file_path: dispatcher }),
        call('agent_juno', { prompt: 'Measure the retry storm in log/retry-storm.log' }),
      ),
      reply(
        3_380,
        402,
        call('replace', {
          file_path: dispatcher,
          old_string: '  @retry_after 5\n\n  @impl Oban.Worker\n  def backoff(%Oban.Job{}), do: @retry_after\n',
          new_string:
            '  @base_ms 2_000\n  @cap_ms 900_000\n\n  @impl Oban.Worker\n  def backoff(%Oban.Job{attempt: attempt}) do\n    # full jitter: anywhere between zero and the ceiling\n    ceiling = min(@cap_ms, @base_ms * Integer.pow(2, attempt - 1))\n    div(:rand.uniform(ceiling), 1_000)\n  end\n',
        }),
        runTests,
      ),
      reply(
        2_892,
        96,
        say('A zero-second delay is possible because the jitter starts at 0. The floor belongs at one second.'),
      ),
    ],
    'No scheduler changes': [
      reply(
        4_100,
        350,
        think('Only the result has to be bounded; the ceiling stays as it is.'),
        call('replace', {
          file_path: dispatcher,
          old_string: '    div(:rand.uniform(ceiling), 1_000)\n',
          new_string: '    max(1, div(:rand.uniform(ceiling), 1_000))\n',
        }),
        runTests,
      ),
      reply(
        0,
        0,
        say(
          'Backoff is in. Jitter now draws from the full interval with a floor of 1 s, so 43 failing endpoints no longer retry in step.\n\n- Delay: `max(1, random(0..min(900, 2 * 2^(n-1))))` seconds\n- Attempt 12 waits at most 15 minutes; the job gives up after about 80 minutes on average\n- 18 tests pass, four of them new\n\nRunning the',
        ),
        wait('atlas'),
      ),
    ],
  },
};

const forge: Actor = {
  name: 'Forge',
  role: 'Back-end',
  provider: 'openai',
  model: 'gpt-5',
  ends: 'approval',
  says: {
    'Round invoices': [
      reply(
        182_100,
        840,
        think('Three places round today, and each in its own way.'),
        say('The total is a plain sum; rounding belongs into one place.'),
        call('write_file', {
          file_path: 'lib/tidewater/billing/invoice.ex',
          content:
            'defmodule Tidewater.Billing.Invoice do\n  @doc "Total in whole cents; halves go to even."\n  def total(lines), do: lines |> Enum.sum_by(& &1.cents) |> round_half_even()\n\n  defp round_half_even(cents), do: cents\nend\n',
        }),
      ),
    ],
  },
};

const wren: Actor = {
  name: 'Wren',
  role: 'Test author',
  provider: 'anthropic',
  model: 'claude-sonnet-5',
  ends: 'tool',
  says: {
    'Cover billing': [
      reply(
        95_800,
        612,
        say('I run what is there before I add to it.'),
        call('run_shell_command', {
          command: 'echo "142 of 318 done, 0 failures"; sleep 600',
          description: 'mix test test/tidewater/billing',
        }),
      ),
    ],
  },
};

const juno: Actor = {
  name: 'Juno',
  role: 'Researcher',
  provider: 'gemini',
  model: 'gemini-2.5-pro',
  ends: 'thinking',
  says: {
    'Measure the retry storm': [
      reply(
        1_200,
        80,
        think('Counting failures by second is enough to see the peak.'),
        call('search_file_content', { pattern: 'status=503', path: 'log' }),
      ),
      reply(
        140,
        0,
        say(
          'Peak was 212 requests per second at 03:12:05, all from 43 endpoints that failed together. 96 % of retries landed within 40 ms of each other.',
        ),
      ),
    ],
    'Compare jitters': [
      reply(
        240_900,
        177,
        think(
          'Comparing decorrelated jitter with equal jitter for a queue of 40 to 60 endpoints, using the retry logs from last week',
        ),
        wait('juno'),
        say('Full jitter.'),
      ),
    ],
  },
};

const argus: Actor = {
  name: 'Argus',
  role: 'Code reviewer',
  provider: 'openai',
  model: 'gpt-5-mini',
  ends: 'error',
  says: {
    'Review the backoff': [reply(63_900, 218, say('The cap holds. One question is left: what happens on attempt 0?'))],
  },
};

const mason: Actor = {
  name: 'Mason',
  role: 'Front-end',
  provider: 'anthropic',
  model: 'claude-opus-5',
  ends: 'streaming',
  says: {
    'Sort the berth board': [
      reply(
        58_400,
        406,
        say(
          'The berth board can reuse the table component. I will move the sort state into the URL so that a reload keeps it, then drop the assigns',
        ),
        wait('mason'),
      ),
    ],
  },
};

const delta: Actor = {
  name: 'Delta',
  role: 'Migrations',
  provider: 'openai',
  model: 'gpt-5',
  ends: 'idle',
  says: {
    'Add the ledger': [
      reply(71_200, 353, call('read_file', { file_path: 'priv/repo/migrations/20261104_add_ledger.exs' })),
      reply(300, 40, say('The migration is empty so far. It needs the table and an index on the day.')),
    ],
  },
};

const scribe: Actor = {
  name: 'Scribe',
  role: 'Docs writer',
  provider: 'gemini',
  model: 'gemini-2.5-flash',
  ends: 'idle',
  says: {
    'Write the webhook guide': [
      reply(
        118_000,
        390,
        say('The webhook guide has a new section on retries with the schedule as a table. Nothing else changed.'),
      ),
    ],
  },
};

const pixel: Actor = {
  name: 'Pixel',
  role: 'Design QA',
  provider: 'gemini',
  model: 'gemini-2.5-flash',
  ends: 'idle',
  says: {
    'Check the screens': [
      reply(22_700, 208, say('Checked 14 screens at 200 % zoom. Two truncations, both in the berth filter.')),
    ],
  },
};

/** In the order in which they are opened. */
export const cast: readonly Actor[] = [pixel, scribe, delta, mason, argus, juno, wren, forge, atlas];
