import type { ServerResponse } from 'node:http';

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  connection: 'close',
};

const pages = {
  received: ['Signed in at the provider', 'The Maestro goes on with the sign-in. You may close this window.'],
  refused: [
    'Not signed in',
    'The provider says that access was not given. You may close this window; The Maestro says more.',
  ],
} as const;

/** Static pages: nothing of a request is shown on them, and nothing is loaded by them. */
export function answerPage(response: ServerResponse, page: keyof typeof pages): void {
  const [title, text] = pages[page];
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} - The Maestro</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem}</style>
<h1>${title}</h1>
<p>${text}</p>
</html>
`;
  response.writeHead(200, headers).end(html);
}

export function answerPlain(response: ServerResponse, status: 400 | 404 | 405, text: string): void {
  const plain = { ...headers, 'content-type': 'text/plain; charset=utf-8' };
  response.writeHead(status, status === 405 ? { ...plain, allow: 'GET' } : plain).end(`${text}\n`);
}
