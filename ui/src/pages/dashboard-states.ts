import { html, type TemplateResult } from 'lit';
import { brandMark, icon } from '../elements/icon.js';
import { plural } from '../text/format.js';
import { visible } from '../text/visible.js';

/** There is no session yet. */
export function emptyDashboard(start: () => void): TemplateResult {
  return html`<div class="empty" data-test="empty">
    <span class="glyph c-accent">${brandMark('l')}</span>
    <h2>No agents yet</h2>
    <p>Start one from a template, or give a blank agent your own prompt. It runs on this machine, in a directory you pick.</p>
    <div class="row">
      <button type="button" class="btn btn-p" data-test="new-session-empty" @click=${start}>${icon('plus', 's')}New session</button>
      <a class="btn" href="/auth">Add a key</a>
    </div>
  </div>`;
}

/** Nothing in the group, or nothing with the words that are looked for. */
export function nobodyHere(words: string, count: number, showAll: () => void): TemplateResult {
  const what = words === '' ? 'Nobody here' : `Nothing matches "${visible(words)}"`;
  return html`<div class="empty" data-test="nobody">
    <span class="glyph">${icon('search-x', 'l')}</span>
    <h3>${what}</h3>
    <p>${plural(count, 'session')} ${count === 1 ? 'is' : 'are'} hidden by the filter.</p>
    <div class="row"><button type="button" class="btn" data-test="show-all" @click=${showAll}>Clear filter</button></div>
  </div>`;
}

/** The list did not come. What agents do is not touched by it. */
export function failedDashboard(again: () => void): TemplateResult {
  return html`<div class="empty" data-test="failed">
    <span class="glyph c-error">${icon('unplug', 'l')}</span>
    <h2>Sessions not loaded</h2>
    <p>The server does not answer on its socket. Agents go on without this page; it tries again by itself.</p>
    <div class="row"><button type="button" class="btn" data-test="load-again" @click=${again}>${icon('rotate-cw', 's')}Retry</button></div>
  </div>`;
}

/** Cards to come, in the size they will have. */
export function loadingDashboard(): TemplateResult {
  return html`<div class="dash-l" role="status" aria-label="Loading sessions" data-test="loading">
    <div class="cards">
      ${[1, 2, 3].map(
        () => html`<div class="sc sc-load">
          <i class="skel skel-40"></i><i class="skel skel-70"></i><i class="skel skel-90"></i><i class="skel skel-70"></i>
        </div>`,
      )}
    </div>
  </div>`;
}
