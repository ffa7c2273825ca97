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
