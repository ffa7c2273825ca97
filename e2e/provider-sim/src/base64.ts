/**
 * Whether a text is base64 without line breaks. Looks for what may not be there: an expression that matches the whole
 * of some megabytes keeps a way back for each character, and overflows the stack where that is compiled.
 */
export function isBase64(text: string): boolean {
  return text !== '' && !/[^A-Za-z0-9+/]/.test(text.replace(/={1,2}$/, ''));
}
