import type { SystemStats } from '@maestro/core/protocol';
import { html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { bytes, duration, percent, timeOfDay, UNKNOWN } from '../text/format.js';
import { sessionsAtWork } from '../text/system.js';
import { MaestroElement } from './element.js';
import './mx-sparkline.js';

/** How the machine and the server are doing. */
@customElement('mx-system')
export class MxSystem extends MaestroElement {
  @property({ attribute: false }) stats: SystemStats | null = null;
  /** Oldest first, from 0 to 1. */
  @property({ attribute: false }) cpu: readonly number[] = [];
  /** Oldest first, in bytes. */
  @property({ attribute: false }) memory: readonly number[] = [];
  /** When the figures were last current, where they are not any more. */
  @property() asOf = '';
  @property({ reflect: true }) state: 'loading' | 'live' | 'stale' = 'loading';

  protected override willUpdate(): void {
    this.state = this.stats === null ? 'loading' : this.asOf === '' ? 'live' : 'stale';
  }

  override render() {
    const { stats } = this;
    const cpu = stats?.cpu ?? null;
    const rss = stats?.memory.rss_bytes;
    return html`<section class="rail-sec" aria-labelledby="rail-system">
      <div class="rail-h"><h2 id="rail-system">System</h2>${this.asOf === '' ? '' : html`<span class="push t3">${timeOfDay(this.asOf)}, not current</span>`}</div>
      <div class="grid2 rail-two">
        ${this.#figure('CPU', cpu === null ? UNKNOWN : percent(cpu), this.cpu, 1, 'system-cpu')}
        ${this.#figure('Memory', rss === undefined ? UNKNOWN : bytes(rss), this.memory, 0, 'system-memory')}
      </div>
      <dl class="kv">
        <dt>Sessions</dt><dd data-test="system-sessions">${stats ? sessionsAtWork(stats.sessions) : UNKNOWN}</dd>
        <dt>API latency, p95</dt><dd>${stats?.latency_p95_ms == null ? UNKNOWN : duration(stats.latency_p95_ms)}</dd>
        <dt>Database</dt><dd data-test="system-database">${stats?.database_bytes == null ? UNKNOWN : bytes(stats.database_bytes)}</dd>
        <dt>Uptime</dt><dd>${stats ? duration(stats.uptime_seconds * 1000) : UNKNOWN}</dd>
      </dl>
    </section>`;
  }

  #figure(name: string, value: string, points: readonly number[], top: number, test: string) {
    return html`<div>
      <div class="stat-l"><span class="t12 t2">${name}</span><span class="fw6 num" data-test=${test}>${value}</span></div>
      <mx-sparkline class="t2" kind="line" .points=${points} .top=${top} .state=${this.state} label="${name}, now ${value}"></mx-sparkline>
    </div>`;
  }
}
