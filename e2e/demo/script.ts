import type { ConversationRequest, Reply, Step } from '@maestro/provider-sim';
import { languageNames, languages } from './languages.js';

export const task =
  'Copy the project in "upstream" to "work", find out which tests fail, mend it, and have it reviewed.';
const reviewTask = 'Review a change';

/** What either model says, out of the request alone: the lead works through the task, the reviewer judges its diff. */
export function wholeJobScript(request: ConversationRequest): Reply {
  const steps = request.lastUserText.startsWith(reviewTask) ? review(request) : lead(request);
  return { steps };
}

/** Each round ends with results and begins with what the model makes of them. */
function lead(request: ConversationRequest): Step[] {
  const rounds = [copy, read, test, edit, test, askForReview, write, report];
  const round = rounds[(request.length - 1) / 2];
  if (!round) throw new Error(`the lead has no words for a history of ${request.length} messages`);
  return round(request.toolResults);
}

type Results = ConversationRequest['toolResults'];

const say = (text: string): Step => ({ type: 'text', text });
const call = (name: string, input: object): Step => ({ type: 'tool', name, input });

const copy = (): Step[] => [
  say('I copy the project first, so that the original stays as it is.'),
  call('run_shell_command', { command: 'cp -R upstream work && ls work' }),
];

const read = (): Step[] => [
  say('Now I read what is there.'),
  call('glob', { pattern: 'work/**/*discount*' }),
  call('read_many_files', { paths: ['work/README.md', 'work/*/discount.*'] }),
];

/** Once before the edit and once after it. */
const test = (results: Results): Step[] => [
  say(results.length === 2 ? 'I run the tests of each language.' : 'The same tests again.'),
  ...languageNames.map((language) =>
    call('execute_code', { language, code: languages[language], dir_path: `work/${language}` }),
  ),
];

const edit = (results: Results): Step[] => [
  say(`${failed(results)} of ${results.length} fail: a discount of 150 % gives a price below zero. I mend each.`),
  call('replace', {
    file_path: 'work/python/discount.py',
    old_string: 'return cents - cents * percent // 100',
    new_string: 'return max(0, cents - cents * percent // 100)',
  }),
  call('apply_patch', {
    file_path: 'work/javascript/discount.mjs',
    patch_content: [
      '@@ -2,3 +2,3 @@',
      ' export function discounted(cents, percent) {',
      '-  return cents - Math.floor((cents * percent) / 100);',
      '+  return Math.max(0, cents - Math.floor((cents * percent) / 100));',
      ' }',
      '',
    ].join('\n'),
  }),
  call('insert_at_line', {
    file_path: 'work/bash/discount.sh',
    line_number: 4,
    content: '  if ((percent > 100)); then percent=100; fi',
  }),
  call('replace', {
    file_path: 'work/elixir/discount.ex',
    old_string: 'cents - div(cents * percent, 100)',
    new_string: 'max(0, cents - div(cents * percent, 100))',
  }),
];

const askForReview = (results: Results): Step[] => [
  say(failed(results) === 0 ? 'All pass. Somebody else should look at it.' : `${failed(results)} still fail.`),
  call('agent_second_reader', {
    prompt: `${reviewTask}: compare "upstream" with "work". A price must never be below zero; tests must not be touched.`,
  }),
];

const write = (results: Results): Step[] => [
  say('I keep the verdict beside the work.'),
  call('write_file', { file_path: 'work/REVIEW.md', content: `${results[0]?.text.trim()}\n` }),
];

const report = (results: Results): Step[] => [
  say(failed(results) === 0 ? 'Done: mended in four languages, tested, reviewed.' : 'I could not finish this.'),
];

/** The reviewer looks at the real difference, and says of it what is there. */
function review({ toolResults: [diff] }: ConversationRequest): Step[] {
  if (!diff) {
    return [say('I look at the difference.'), call('run_shell_command', { command: 'diff -ru upstream work || true' })];
  }
  const changed = [...diff.text.matchAll(/^\+\+\+ work\/(\S+)/gm)].map(([, file = '']) => file);
  const touched = changed.filter((file) => file.includes('test'));
  const verdict = changed.length === languageNames.length && touched.length === 0 ? 'Approved' : 'Not approved';
  return [say(`${verdict}: ${changed.length} files changed (${changed.join(', ')}), ${touched.length} of them tests.`)];
}

/** Tests of a language that this machine lacks say nothing. */
const failed = (results: Results) =>
  results.filter(({ isError, text }) => isError && !/there is no program/.test(text)).length;
