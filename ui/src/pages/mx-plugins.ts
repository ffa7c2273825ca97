import { RestError } from '@maestro/core/client';
import type { PluginDetail, PluginLogLine, PluginSummary, ToolUseResource } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { MaestroElement } from '../elements/element.js';
import { icon } from '../elements/icon.js';
import type { MxPluginDetail } from '../elements/mx-plugin-detail.js';
import '../elements/mx-plugin-detail.js';
import type { MxSettingForm } from '../elements/mx-setting-form.js';
import '../elements/mx-switch.js';
import { app } from '../state/app.js';
import { paths } from '../state/route.js';
import { OnSystemChange } from '../state/system-changes.js';
import { brings, glyphOf, shortName } from '../text/plugin-words.js';
import { problemsOf } from '../text/setting-fields.js';
import { visible } from '../text/visible.js';

const SKELETON_AFTER_MS = 150;

/** What each plugin adds, whether it is on, and how it is set up. */
@customElement('mx-plugins')
export class MxPlugins extends MaestroElement {
  /** Of the address; none: the first that is on. */
  @property({ attribute: false }) pluginName: string | undefined = undefined;
  @state() private plugins: readonly PluginSummary[] | null = null;
  @state() private detail: PluginDetail | null = null;
  @state() private uses: readonly ToolUseResource[] = [];
  @state() private pending: ReadonlySet<string> = new Set();
  @state() private problems: ReadonlyMap<string, string> = new Map();
  @state() private lines: readonly PluginLogLine[] | null = null;
  @state() private saving = false;
  @state() private isSlow = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    new OnSystemChange(this, ['plugins', 'panels'], () => void this.#load());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = setTimeout(() => {
      this.isSlow = true;
    }, SKELETON_AFTER_MS);
    void this.#load();
    void app.attempt('Use of tools not loaded', async () => {
      this.uses = (await app.rest.toolUse()).items;
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('pluginName')) void this.#loadDetail();
  }

  override render() {
    return html`<div class="body" tabindex="0" role="region" aria-label="Plugins">
      <div class="page">
        <header class="page-h">
          <div>
            <h1 tabindex="-1">Plugins</h1>
            <p>What each plugin adds, and how it is set up. Panels show up in the browser and in the terminal client alike.</p>
          </div>
        </header>
        ${this.plugins === null ? this.#skeleton() : this.#split(this.plugins)}
      </div>
    </div>`;
  }

  #skeleton() {
    if (!this.isSlow) return nothing;
    return html`<div class="plugin-list" role="status" aria-label="Loading plugins">
      ${[1, 2, 3].map(() => html`<div class="card plugin"><i class="skel skel-40"></i></div>`)}
    </div>`;
  }

  #split(plugins: readonly PluginSummary[]) {
    if (plugins.length === 0)
      return html`<p class="t2">The configuration names no plugin. Name one under "plugins" in maestro.yaml.</p>`;
    const isUnknown = this.pluginName !== undefined && !plugins.some(({ name }) => name === this.pluginName);
    return html`<div class="split-plugins ${this.pluginName === undefined ? '' : 'is-named'}">
      <div class="plugin-list" data-test="plugins">
        ${repeat(
          plugins,
          ({ name }) => name,
          (plugin) => this.#card(plugin),
        )}
      </div>
      ${isUnknown ? html`<p class="t2" role="status" data-test="plugin-unknown">There is no plugin "${visible(this.pluginName ?? '')}".</p>` : nothing}
      ${this.detail && !isUnknown ? html`<mx-plugin-detail .plugin=${this.detail} .uses=${this.uses} .problems=${this.problems} .saving=${this.saving} .lines=${this.lines} @mx-save=${this.#save} @mx-log=${this.#toggleLog} @mx-dirty=${this.#forgetProblems}></mx-plugin-detail>` : nothing}
    </div>`;
  }

  #card(plugin: PluginSummary) {
    const { name, version, state, reason, description, restart } = plugin;
    const shown = visible(shortName(name));
    const isChosen = name === this.detail?.name;
    return html`<article class="card plugin ${isChosen ? 'is-chosen' : ''}" data-test="plugin" data-plugin=${name} data-state=${state}>
      <div class="plugin-b">
        <span class="mark-n mark-l">${icon(glyphOf(plugin))}</span>
        <div class="grow">
          <div class="row row-3"><h2>${shown}</h2><span class="t12 t3 num">${visible(version ?? '')}</span>${this.#mark(plugin)}</div>
          ${description === null ? nothing : html`<p class="t2 t12">${visible(description)}</p>`}
          ${state === 'failed' && reason !== null ? html`<p class="t12 c-error why">${visible(reason)}</p>` : nothing}
          ${restart === null ? nothing : html`<p class="t12 c-warn why">Restart needed: ${visible(restart)}.</p>`}
          ${chips(plugin)}
        </div>
        <div class="row row-2">
          <a class="btn btn-s btn-g" href=${paths.plugin(name)} aria-label="Configure ${shown}" aria-current=${isChosen ? 'true' : nothing} data-test="plugin-configure">Configure</a>
          <mx-switch .label=${shown} .checked=${state === 'active'} .pending=${this.pending.has(name)} @mx-change=${(event: CustomEvent<{ checked: boolean }>) => this.#turn(name, event.detail.checked)}></mx-switch>
        </div>
      </div>
    </article>`;
  }

  #mark({ state }: PluginSummary) {
    if (state === 'failed')
      return html`<span class="row row-2 t12 c-error">${icon('circle-alert', 'xs')}Failed to start</span>`;
    return state === 'off' ? html`<span class="t12 t3">Off</span>` : nothing;
  }

  async #load(): Promise<void> {
    const list = await app.attempt('Plugins not loaded', () => app.rest.plugins());
    if (list) this.plugins = list.items;
    await this.#loadDetail();
  }

  async #loadDetail(): Promise<void> {
    const { plugins } = this;
    const name = this.pluginName ?? plugins?.find(({ state }) => state === 'active')?.name ?? plugins?.[0]?.name;
    if (name === undefined || !plugins?.some((one) => one.name === name)) return;
    if (this.detail?.name !== name) {
      this.problems = new Map();
      this.lines = null;
    }
    const detail = await app.attempt('Plugin not loaded', () => app.rest.plugin(name));
    // Another one may have been chosen meanwhile.
    if (detail && (this.pluginName ?? name) === name) this.#show(detail);
  }

  /** What somebody types stays: the same settings again are no news. */
  #show(detail: PluginDetail): void {
    const before = this.detail;
    const isSame = before?.name === detail.name && JSON.stringify(before) === JSON.stringify(detail);
    if (!isSame) this.detail = detail;
    if (this.lines !== null) void this.#readLog();
  }

  async #turn(name: string, enabled: boolean): Promise<void> {
    this.pending = new Set([...this.pending, name]);
    const title = `${visible(shortName(name))} not turned ${enabled ? 'on' : 'off'}`;
    await app.attempt(title, () => app.rest.patchPlugin(name, { enabled }));
    await this.#load();
    this.pending = new Set([...this.pending].filter((one) => one !== name));
  }

  async #save(event: CustomEvent<{ settings: Readonly<Record<string, unknown>> }>): Promise<void> {
    const { detail } = this;
    if (!detail) return;
    const form = this.find<MxSettingForm>('mx-setting-form');
    this.saving = true;
    this.problems = new Map();
    try {
      this.detail = await app.rest.patchPlugin(detail.name, { settings: event.detail.settings });
      this.find<MxPluginDetail>('mx-plugin-detail')?.reset();
      app.toasts.show('ok', `${visible(shortName(detail.name))} saved`, 'It counts from now on.');
    } catch (error) {
      if (error instanceof RestError && error.code === 'plugin.config')
        this.problems = problemsOf(error.message, form?.fields ?? []);
      else app.problem('Settings not saved', error);
    } finally {
      this.saving = false;
    }
  }

  #forgetProblems(): void {
    if (this.problems.size > 0) this.problems = new Map();
  }

  async #toggleLog(): Promise<void> {
    if (this.lines === null) await this.#readLog();
    else this.lines = null;
  }

  async #readLog(): Promise<void> {
    const { detail } = this;
    if (!detail) return;
    const list = await app.attempt('Log not loaded', () => app.rest.pluginLog(detail.name));
    if (list) this.lines = list.items;
  }
}

function chips(plugin: PluginSummary) {
  const all = brings(plugin);
  if (all.length === 0) return nothing;
  return html`<div class="chips">${all.map(({ text, glyph }) => html`<span class="chip-n">${icon(glyph, 'xs')}${text}</span>`)}</div>`;
}
