import { type ModelMessage, type ToolResultPart, textOf } from '@maestro/core';
import type { Line } from './line.js';
import { pickFile } from './pick-file.js';
import { wantedFile } from './wanted-file.js';

/** What the guide may call: it uses a tool only while the session offers it. */
export interface Surroundings {
  tools: ReadonlySet<string>;
  workingDirectory: string;
}

/**
 * The guided first conversation. There is no model: a few rules look at what was said and at what the
 * tools really gave, and the next tool's arguments come from there. The same history gives the same reply.
 */
export function guide(messages: readonly ModelMessage[], around: Surroundings): Line[] {
  const last = messages.at(-1);
  const result = last?.role === 'tool' ? lastResult(last) : undefined;
  if (result) return afterTool(result, messages, around);
  const request = last ? textOf(last.parts) : '';
  const file = wantedFile(request);
  if (file) return writing(file, messages, around);
  if (!messages.some((message) => message.role === 'assistant')) return opening(request, around);
  if (/\b(list|look|again|show)\b/i.test(request)) return looking('I look at the directory again.', around);
  return [
    {
      say: `${noModel} Name a file - \`notes/hello.md\`, say - and I write it. Say "look" and I list the directory again.\n\n${howToConnect}`,
    },
  ];
}

const noModel =
  'No model is connected yet, so I cannot think about that: I am the rehearsal, a fixed walk through what an agent does here.';
const howToConnect =
  'To talk to a real model, add a key on the **Credentials** page (or with `maestro auth login`), then choose its provider in the header. The next message goes there, with all of this history.';

function opening(request: string, around: Surroundings): Line[] {
  const quote = request.trim().split('\n')[0]?.slice(0, 80) ?? '';
  return [
    {
      think: `The message says "${quote}". No model is here to weigh it, so the walk begins: look at ${around.workingDirectory} first.`,
    },
    {
      say: `Welcome. ${noModel} The tools are real, though, and so is everything they do. First I look at the working directory, \`${around.workingDirectory}\`.`,
    },
    ...calling('list_directory', { dir_path: '.' }, around),
  ];
}

function looking(words: string, around: Surroundings): Line[] {
  return [{ say: words }, ...calling('list_directory', { dir_path: '.' }, around)];
}

function afterTool(result: ToolResultPart, messages: readonly ModelMessage[], around: Surroundings): Line[] {
  const output = textOf(result.content);
  if (result.outcome !== 'succeeded') {
    return [
      {
        say: `\`${result.name}\` did not work out (${result.outcome}): ${output}\n\nA model would read this and try another way. ${nextStep}`,
      },
    ];
  }
  if (result.name === 'list_directory') {
    const file = pickFile(output);
    if (!file) return [{ say: `There is no text file to read here. ${nextStep}` }];
    return [
      { say: `${counted(output)} I read \`${file}\` next, because it stood in that list.` },
      ...calling('read_file', { file_path: file, end_line: 40 }, around),
    ];
  }
  if (result.name === 'read_file') return [{ say: `${firstWords(output)} ${nextStep}` }];
  return [
    {
      say: `Done: ${output} Open the call above to see the change line by line; the file is on your disk.\n\n${closing(messages)}${howToConnect}`,
    },
  ];
}

const nextStep = 'Now name a file, such as `notes/hello.md`, and I write it for you.';

function closing(messages: readonly ModelMessage[]): string {
  const turns = messages.filter((message) => message.role === 'user').length;
  return `That was turn ${turns}. Each step was stored before it was done, so a crash in the middle would have lost nothing.\n\n`;
}

/** The file holds what was really found, so that nobody takes it for a model's work. */
function writing(file: string, messages: readonly ModelMessage[], around: Surroundings): Line[] {
  const listing = resultsOf(messages, 'list_directory').at(-1);
  const found = listing
    ? textOf(listing.content)
        .split('\n')
        .slice(0, 20)
        .map((line) => `- ${line}`)
    : ['- (the directory was not listed in this conversation)'];
  const content = [
    '# Written in a rehearsal',
    '',
    'No model was connected. The tools were real; this is what they found:',
    '',
    ...found,
    '',
  ].join('\n');
  return [
    { think: `The message names ${file}. What goes in comes from the listing in this conversation.` },
    { say: `I write \`${file}\`.` },
    ...calling('write_file', { file_path: file, content }, around),
  ];
}

function calling(tool: string, args: Record<string, unknown>, around: Surroundings): Line[] {
  if (around.tools.has(tool)) return [{ call: tool, args }];
  return [
    {
      say: `\n\nThe tool \`${tool}\` is switched off, globally or for this session, so I stop here. Switch it on and say "look".`,
    },
  ];
}

function counted(listing: string): string {
  const lines = listing.split('\n');
  const folders = lines.filter((line) => /\/( \(link\))?$/.test(line)).length;
  const files = lines.length - folders;
  return `${files} ${files === 1 ? 'file' : 'files'} and ${folders} ${folders === 1 ? 'folder' : 'folders'} are here.`;
}

function firstWords(content: string): string {
  const lines = content.split('\n').filter((line) => !/^Lines \d+-\d+ of \d+/.test(line) && line.trim() !== '');
  const first = lines[0]
    ?.replace(/^#+\s*/, '')
    .trim()
    .slice(0, 100);
  return first ? `It begins with "${first.replaceAll('`', "'")}".` : 'It is empty.';
}

function lastResult(message: ModelMessage): ToolResultPart | undefined {
  return message.parts.filter((part): part is ToolResultPart => part.type === 'tool_result').at(-1);
}

function resultsOf(messages: readonly ModelMessage[], tool: string): ToolResultPart[] {
  return messages.flatMap(({ parts }) =>
    parts.filter(
      (part): part is ToolResultPart =>
        part.type === 'tool_result' && part.name === tool && part.outcome === 'succeeded',
    ),
  );
}
