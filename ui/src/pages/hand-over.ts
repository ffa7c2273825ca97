import { app } from '../state/app.js';

/** Into the clipboard, and says so. */
export async function copyText(text: string, told: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    app.toasts.show('ok', 'Copied', told);
  } catch {
    app.toasts.show('error', 'Not copied', 'The browser does not let this page use the clipboard.');
  }
}

/** As a file of the person's. */
export function saveBytes(bytes: Uint8Array, name: string): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
