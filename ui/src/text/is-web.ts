/** An address may come from a plugin or a server: nothing but a web page is ever made a link. */
export function isWeb(address: string): boolean {
  try {
    return /^https?:$/.test(new URL(address).protocol);
  } catch {
    return false;
  }
}
