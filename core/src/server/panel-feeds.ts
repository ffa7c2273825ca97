import type { PanelShown } from '../protocol/panels.js';
import { panelTopic } from '../protocol/panels.js';
import type { Connection } from './connection.js';
import { PanelFeed } from './panel-feed.js';
import type { ServerServices } from './services.js';

interface Open {
  feed: PanelFeed;
  shown: PanelShown;
}

/** The topics `panel:ID` and `panel:ID/SESSION_ID`: each runs its panel while somebody follows it. */
export class PanelFeeds {
  readonly #open = new Map<string, Open>();

  constructor(private readonly services: Pick<ServerServices, 'panels' | 'sessions'>) {}

  /** Gives the undo. @throws MaestroError `panel.unknown`, `panel.session`, `session.unknown` */
  async join(connection: Connection, topic: string, isWanted: () => boolean): Promise<(() => void) | undefined> {
    const [, id = '', sessionId] = /^panel:([^/]*)(?:\/(.*))?$/.exec(topic) ?? [];
    if (sessionId !== undefined) await this.services.sessions.get(sessionId);
    if (!isWanted()) return undefined;
    const open = this.#open.get(topic) ?? this.#begin(id, sessionId);
    open.feed.join(connection, open.shown);
    return () => {
      open.feed.leave(connection);
      if (!open.feed.isEmpty || this.#open.get(topic) !== open) return;
      this.#open.delete(topic);
      open.feed.close();
    };
  }

  close(): void {
    for (const { feed } of this.#open.values()) feed.close();
    this.#open.clear();
  }

  #begin(id: string, sessionId: string | undefined): Open {
    const topic = panelTopic(id, sessionId);
    const open = {} as Open;
    open.feed = new PanelFeed(topic, (tell) =>
      this.services.panels.watch(id, sessionId, (shown) => {
        open.shown = shown;
        tell(shown);
      }),
    );
    this.#open.set(topic, open);
    return open;
  }
}
