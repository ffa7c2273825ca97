import { app } from './app.js';

/** Says that a message waits for the connection; the news goes when that is back. */
export function tellUnsent(): void {
  if (app.connection.value === 'online') return;
  const id = app.toasts.show('error', 'Message not sent', 'It stays in the queue and goes out after the reconnect.');
  const undo = app.connection.subscribe(() => {
    if (app.connection.value !== 'online') return;
    app.toasts.dismiss(id);
    undo();
  });
}
