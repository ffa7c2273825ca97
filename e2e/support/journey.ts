/** What the model says on the main journey: held in mid-reply, a file written, a second answer; 15,234 tokens in all. */
export const journey = {
  replies: [
    [
      { think: 'Three words first.' },
      { say: 'First second third' },
      { hold: 'go' },
      { say: 'and the rest.' },
      { call: 'write_file', args: { file_path: 'notes/made.txt', content: 'made by an agent\n' } },
      { usage: { requestTokens: 12_000, responseTokens: 3_234 } },
    ],
    // What is not told would be estimated.
    [{ say: 'The file is written.' }, { usage: { requestTokens: 0, responseTokens: 0 } }],
    [{ say: 'Here is the second answer.' }, { usage: { requestTokens: 0, responseTokens: 0 } }],
  ],
};

/** Every page that needs no session. */
export const pagePaths = [
  '/',
  '/usage',
  '/auth',
  '/settings/tools',
  '/settings/mcp',
  '/settings/templates',
  '/settings/plugins',
] as const;
