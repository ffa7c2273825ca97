import type { PluginDetail, PluginLogLine, ToolUseResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { plural, timeOfDay } from '../text/format.js';
import { glyphOf, kinds, shortName } from '../text/plugin-words.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-panels.js';
import type { MxSettingForm } from './mx-setting-form.js';
import './mx-setting-form.js';

/** One plugin: what it adds, how it is set up, how its panels look, what it logged. Tells `mx-save` and `mx-log`. */
@customElement('mx-plugin-detail')
export class MxPluginDetail extends MaestroElement {
  @property({ attribute: false }) plugin: PluginDetail | null = null;
  @property({ attribute: false }) uses: readonly ToolUseResource[] = [];
  @property({ attribute: false }) problems: ReadonlyMap<string, string> = new Map();
  @property({ attribute: false }) saving = false;
  /** Null while it is not shown. */
  @property({ attribute: false }) lines: readonly PluginLogLine[] | null = null;
  @state() private isDirty = false;

  /** After a save: the form shows what counts now. */
  reset(): void {
    this.find<MxSettingForm>('mx-setting-form')?.reset();
  }

  override render() {
    const { plugin } = this;
    if (!plugin) return nothing;
    const { name, version, license, folder } = plugin;
    const facts = [version, license, folder ? 'from folder' : 'given at the start'].filter(Boolean).join(', ');
    return html`<aside class="card plugin-d" aria-label=${visible(shortName(name))} data-test="plugin-detail" data-plugin=${name}>
      <div class="inside" tabindex="0" role="group" aria-label="About ${visible(shortName(name))}">
        <div class="row">
          <span class="mark-n">${icon(glyphOf(plugin))}</span>
          <div class="col col-0"><h2>${visible(shortName(name))}</h2><span class="t12 t3" title=${folder ?? nothing}>${visible(facts)}</span></div>
        </div>
        ${this.#state(plugin)}${this.#contributes(plugin)}
        <h3>May use</h3>
        <div class="chips"><span class="chip-n">${icon('shield-check', 'xs')}Everything the server may: plugins run inside it</span></div>
        <h3>Configuration</h3>
        ${this.#form(plugin)}${this.#panels(plugin)}${this.#log()}
      </div>
      <div class="plugin-f">
        <button type="button" class="btn btn-g" data-test="plugin-reset" ?disabled=${!this.isDirty} @click=${() => this.reset()}>Discard</button>
        <button type="button" class="btn push" data-test="plugin-log" aria-expanded=${this.lines === null ? 'false' : 'true'} @click=${() => this.emit('mx-log')}>View log</button>
        <button type="button" class="btn btn-p" data-test="plugin-save" ?disabled=${!this.isDirty || this.saving} @click=${() => this.find<MxSettingForm>('mx-setting-form')?.submit()}>${this.saving ? 'Saving' : 'Save'}</button>
      </div>
    </aside>`;
  }

  #state({ state, reason, restart }: PluginDetail) {
    return html`${reason === null || state !== 'failed' ? nothing : html`<p class="problem why" role="status" data-test="plugin-reason">${icon('circle-alert', 's')}<span>${visible(reason)}</span></p>`}
    ${restart === null ? nothing : html`<p class="t12 c-warn why" role="status" data-test="plugin-restart">Restart needed: ${visible(restart)}.</p>`}`;
  }

  #contributes(plugin: PluginDetail) {
    const all = kinds.flatMap(([kind, word, glyph]) =>
      plugin.contributes[kind].map((id) => ({ kind, word, glyph, id })),
    );
    if (all.length === 0) {
      return html`<h3>Contributes</h3><p class="t12 t3">${plugin.state === 'active' ? 'Nothing by itself.' : 'Nothing while it is off.'}</p>`;
    }
    return html`<h3>Contributes</h3>
      <dl class="kv">
        ${all.map(
          ({
            kind,
            word,
            glyph,
            id,
          }) => html`<dt>${icon(glyph, 's')}<span class="trunc">${word.charAt(0).toUpperCase() + word.slice(1)} <span class="mono t12">${visible(id)}</span></span></dt>
            <dd class="t3">${kind === 'tools' ? this.#used(id) : ''}</dd>`,
        )}
      </dl>`;
  }

  #used(tool: string): string {
    const calls = this.uses.find(({ name }) => name === tool)?.calls ?? 0;
    return calls === 0 ? 'not used for 7 days' : `used ${plural(calls, 'time')}`;
  }

  #form({ schema, settings, secrets, fixed }: PluginDetail) {
    if (schema === null) return html`<p class="t12 t3">Turn it on to see its settings.</p>`;
    return html`<mx-setting-form
      .schema=${schema}
      .settings=${settings}
      .secrets=${secrets}
      .fixed=${fixed}
      .problems=${this.problems}
      @mx-dirty=${(event: CustomEvent<{ dirty: boolean }>) => this.#dirty(event.detail.dirty)}
    ></mx-setting-form>`;
  }

  #panels({ name, contributes }: PluginDetail) {
    if (contributes.panels.length === 0) return nothing;
    return html`<h3>Panels</h3><mx-panels slot="settings" .plugin=${name}></mx-panels>`;
  }

  #log() {
    if (this.lines === null) return nothing;
    return html`<h3>Log</h3>
      <div class="plugin-log logl" tabindex="0" role="region" aria-label="Log" data-test="plugin-lines">
        ${this.lines.length === 0 ? html`<p class="t3">Nothing since the server started.</p>` : nothing}
        ${this.lines.map(
          ({ at, level, text }) =>
            html`<div><time>${timeOfDay(at)}</time><span class=${level === 'error' ? 'c-error' : level === 'warn' ? 'c-warn' : ''}>${level === 'info' ? '' : `${level} `}${visible(text)}</span></div>`,
        )}
      </div>`;
  }

  #dirty(isDirty: boolean): void {
    this.isDirty = isDirty;
  }
}
