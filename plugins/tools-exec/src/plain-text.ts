/** Strings that name a window or carry data, up to their end; then cursor moves and colours; then the short ones. */
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  /\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-~]?/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const colour = /^\u001b\[[0-9;]*m$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of them but the one that begins a colour
const otherControls = /[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f-\u009f]/g;

/** The same in its colours, for people to look at. */
export function colouredText(written: string): string {
  const kept = written.replace(sequences, (sequence) => (colour.test(sequence) ? sequence : ''));
  return kept.replace(/\r\n?/g, '\n').replace(otherControls, '');
}

/** What a program wrote for a terminal, without what moves its cursor, colours it or talks to it. */
export function plainText(written: string): string {
  return written.replace(sequences, '').replace(/\r\n?/g, '\n').replace(controls, '');
}
