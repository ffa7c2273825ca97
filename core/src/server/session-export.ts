import type { Message } from '../protocol/messages.js';
import type { Session } from '../protocol/resources.js';
import type { Messages } from '../store/messages.js';
import { markdownHead, markdownMessage } from './session-markdown.js';

const PAGE = 200;
/** Version of the JSON below; a reader refuses what it does not know. */
const EXPORT_VERSION = 1;

export type ExportFormat = 'json' | 'markdown';

/** A session and its current conversation, piece by piece: a long one is never in memory as a whole. */
export async function* sessionExport(
  session: Session,
  messages: Pick<Messages, 'page'>,
  format: ExportFormat,
): AsyncGenerator<string> {
  const exported_at = new Date().toISOString();
  if (format === 'markdown') {
    yield markdownHead(session, exported_at);
    for await (const message of oldestFirst(session, messages)) yield markdownMessage(message, session.agent_name);
    return;
  }
  yield `{"maestro_export":${EXPORT_VERSION},"exported_at":${JSON.stringify(exported_at)},"session":${JSON.stringify(session)},"messages":[`;
  let isFirst = true;
  for await (const message of oldestFirst(session, messages)) {
    yield `${isFirst ? '\n' : ',\n'}${JSON.stringify(message)}`;
    isFirst = false;
  }
  yield '\n]}\n';
}

/** Such as `Atlas-2026-11-27.md`. */
export function exportName({ agent_name }: Session, format: ExportFormat): string {
  const name = agent_name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+|-+$/g, '') || 'session';
  return `${name}-${new Date().toISOString().slice(0, 10)}.${format === 'json' ? 'json' : 'md'}`;
}

/** What is said while it is read is read as well. */
async function* oldestFirst({ conversation_id }: Session, messages: Pick<Messages, 'page'>): AsyncGenerator<Message> {
  let last = 0;
  for (;;) {
    const newest = (await messages.page(conversation_id, { limit: 1 })).items[0]?.pos ?? 0;
    if (newest <= last) return;
    while (last < newest) {
      const { items } = await messages.page(conversation_id, { limit: PAGE, before: last + PAGE + 1 });
      yield* items.filter(({ pos }) => pos > last);
      last += PAGE;
    }
    last = newest;
  }
}
