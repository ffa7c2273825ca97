import { json } from 'node:stream/consumers';
import { type Format, readable } from './readable.js';

/** The program that reads one page, from its input to its output; see `PageReader`. */
const { html, url, format } = (await json(process.stdin)) as { html: string; url: string; format: Format };
process.stdout.write(JSON.stringify(readable(html, url, format)));
