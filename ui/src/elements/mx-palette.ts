import type { Session } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Asked, PaletteEntry, PaletteScope } from '../state/palette-entries.js';
import { plural } from '../text/format.js';
import { type Found, findEntries, findSessions, type Piece, readQuery } from '../text/palette.js';
import { statusWords } from '../text/status.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon, keys } from './icon.js';
import './mx-dialog.js';
import { statusGlyph } from './mx-status.js';

interface Row {
  id: string;
  pieces: readonly Piece[];
  /** A session, else an entry. */
  session?: Session;
  entry?: PaletteEntry;
}

interface Group {
  name: string;
  rows: Row[];
}

const NUMBERED = 9;
const FEW = 8;
const MANY = 40;

/**
 * Sessions, then what can be done with the one that fits best, then commands. Tells `mx-open` with a session, `mx-run`
 * with what a person chose to do, `mx-close`. The focus stays in the field; arrows move through the list.
 */
@customElement('mx-palette')
export class MxPalette extends MaestroElement {
  /** In the order of their numbers. */
  @property({ attribute: false }) sessions: readonly Session[] = [];
  /** The session that is open, for its files. */
  @property({ attribute: false }) current: Session | null = null;
  @property({ attribute: false }) entries: (scope: PaletteScope, asked: Asked) => Promise<PaletteEntry[]> =
    async () => [];
  @property({ reflect: true }) state: 'searching' | 'results' | 'none' = 'searching';
  @state() private groups: readonly Group[] = [];
  @state() private active = 0;
  #typed = '';
  #turn = 0;
  /** Whose actions are shown, where Tab chose one. */
  #chosen: string | null = null;

  /** What a session does may change while one looks for it. */
  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('sessions')) void this.#look();
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('active')) this.find('.pop-i.act')?.scrollIntoView({ block: 'nearest' });
  }

  override render() {
    return html`<mx-dialog heading="Command palette" size="palette" test="palette" bare .content=${this.#content()}></mx-dialog>`;
  }

  #content() {
    const rows = this.#rows();
    return html`<div class="pal-in">
        ${icon('search')}
        <input
          class="grow"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-autocomplete="list"
          aria-activedescendant=${rows[this.active] ? `palette-${this.active}` : nothing}
          aria-label="Command or session"
          placeholder="Search or run"
          autocomplete="off"
          spellcheck="false"
          data-autofocus
          data-test="palette-input"
          @input=${this.#onInput}
          @keydown=${this.#onKey}
        >
        ${keys('Esc')}
      </div>
      <div class="pal-l" role="listbox" id="palette-list" aria-label="Results" tabindex="-1">
        ${this.groups.map((group, index) => this.#group(group, index, rows))}
        ${this.state === 'none' ? html`<p class="pal-n" data-test="palette-none">${this.#nothing()}</p>` : nothing}
      </div>
      <p class="vh" role="status">${this.state === 'searching' ? '' : rows.length === 0 ? 'No results' : plural(rows.length, 'result')}</p>
      <div class="pal-f" aria-hidden="true">
        <span class="row row-3">${keys('↑', '↓')}move</span><span class="row row-3">${keys('Enter')}open</span>
        <span class="row row-3">${keys('Tab')}actions</span>
        <span class="push row row-3"><span class="mono">&gt;</span> commands <span class="mono">@</span> files <span class="mono">#</span> sessions</span>
      </div>`;
  }

  #group({ name, rows }: Group, index: number, all: readonly Row[]) {
    return html`<div role="group" aria-labelledby="palette-group-${index}">
      <div class="pop-h" id="palette-group-${index}">${name}</div>
      ${repeat(
        rows,
        ({ id }) => id,
        (row) => this.#row(row, all.indexOf(row)),
      )}
    </div>`;
  }

  #row({ pieces, session, entry }: Row, at: number) {
    const number = session ? this.sessions.findIndex(({ session_id }) => session_id === session.session_id) + 1 : 0;
    const caps = session ? (number > 0 && number <= NUMBERED ? [String(number)] : []) : (entry?.keys ?? []);
    return html`<div
      class="pop-i ${at === this.active ? 'act' : ''}"
      role="option"
      id="palette-${at}"
      aria-selected=${at === this.active ? 'true' : 'false'}
      data-test="palette-option"
      @mousemove=${() => this.#point(at)}
      @click=${() => this.#run(at)}
    >
      ${session ? statusGlyph(session.status) : icon(entry?.icon ?? 'chevron-right')}
      <span class="trunc">${pieces.map(({ text, isMatch }) => (isMatch ? html`<b>${visible(text)}</b>` : visible(text)))}</span>
      <span class="push row row-3">
        ${session ? html`<span class="k-${session.status}">${statusWords[session.status]}</span>` : caps.length > 0 ? nothing : (entry?.hint ?? nothing)}
        ${caps.length === 0 ? nothing : keys(...caps)}
      </span>
    </div>`;
  }

  #nothing(): string {
    const { narrowing, query } = readQuery(this.#typed);
    if (narrowing === 'files' && !this.current) return 'Open a session to look for its files.';
    return query === '' ? 'Nothing here yet.' : `Nothing matches "${query}".`;
  }

  #rows(): Row[] {
    return this.groups.flatMap(({ rows }) => rows);
  }

  async #look(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    const { narrowing, query } = readQuery(this.#typed);
    const groups: Group[] = [];
    const sessions = narrowing === null || narrowing === 'sessions';
    const limit = query === '' ? MANY : FEW;
    const found = sessions ? findSessions(this.sessions, query, narrowing === null && query !== '' ? FEW : MANY) : [];
    const rows = found.map(({ item, pieces }) => ({ id: item.session_id, pieces, session: item }));
    if (rows.length > 0) groups.push({ name: 'Sessions', rows });
    const best = found.find(({ item }) => item.session_id === this.#chosen) ?? (query === '' ? undefined : found[0]);
    if (best) groups.push(group(visible(best.item.agent_name), 'actions', await this.#actions(best.item)));
    for (const scope of ['commands', 'files'] as const) {
      if (narrowing === null ? scope === 'files' : narrowing !== scope) continue;
      const entries = await this.entries(scope, { query, session: this.current });
      groups.push(group(scope === 'files' ? 'Files' : 'Commands', scope, findEntries(entries, query, limit)));
    }
    if (turn !== this.#turn) return;
    this.groups = groups.filter((one) => one.rows.length > 0);
    this.state = this.groups.length === 0 ? 'none' : 'results';
    this.active = Math.min(this.active, Math.max(0, this.#rows().length - 1));
  }

  /** All that can be done with a session: they are few, and who looks for the session wants to see them. */
  async #actions(session: Session): Promise<Found<PaletteEntry>[]> {
    const entries = await this.entries('actions', { query: '', session });
    return entries.map((item) => ({ item, pieces: [{ text: item.title, isMatch: false }] }));
  }

  #point(at: number): void {
    this.active = at;
  }

  #run(at: number): void {
    const row = this.#rows()[at];
    if (row?.session) this.emit('mx-open', row.session);
    else if (row?.entry) this.emit('mx-run', row.entry);
  }

  /** Moves to what can be done with the session that is pointed at. */
  async #toActions(): Promise<void> {
    const { session } = this.#rows()[this.active] ?? {};
    if (!session) return;
    this.#chosen = session.session_id;
    await this.#look();
    const first = this.#rows().findIndex(({ id }) => id.startsWith('actions:'));
    if (first >= 0) this.active = first;
  }

  #onInput = (event: Event): void => {
    this.#typed = (event.target as HTMLInputElement).value;
    this.#chosen = null;
    this.active = 0;
    void this.#look();
  };

  #onKey = (event: KeyboardEvent): void => {
    const count = this.#rows().length;
    const to = { ArrowDown: this.active + 1, ArrowUp: this.active - 1 + count }[event.key];
    if (to !== undefined) this.active = count === 0 ? 0 : to % count;
    else if (event.key === 'Enter' && !event.isComposing) this.#run(this.active);
    else if (event.key === 'Tab' && !event.shiftKey) void this.#toActions();
    else if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) this.emit('mx-close');
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

function group(name: string, scope: PaletteScope, found: readonly Found<PaletteEntry>[]): Group {
  return { name, rows: found.map(({ item, pieces }) => ({ id: `${scope}:${item.id}`, pieces, entry: item })) };
}
