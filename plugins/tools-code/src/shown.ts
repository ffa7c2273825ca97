/** A line of foreign text as it can stand in an answer: without control characters, of bounded length. */
export function shownLine(line: string, most = 400): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const plain = line.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '');
  return plain.length > most ? `${plain.slice(0, most)}...` : plain;
}
