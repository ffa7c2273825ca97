import type {
  GaugeView,
  LogView,
  RowView,
  SeriesView,
  StackView,
  StatView,
  TableView,
  Tone,
  TreeNode,
  View,
} from '@maestro/core/protocol';
import { html, nothing, svg, type TemplateResult } from 'lit';
import { timeOfDay } from '../text/format.js';
import { figure, finding, gaugeText, shareOf, toneClass, toneWord, withUnit } from '../text/panel-figures.js';
import { plain } from '../text/plain.js';
import { visible } from '../text/visible.js';
import type { ChartState } from './mx-chart.js';
import './mx-chart.js';
import './mx-markdown.js';
import './mx-panel-button.js';
import './mx-panel-form.js';

/** What every node needs to know of the panel it stands in. */
export interface Around {
  title: string;
  state: ChartState;
  asOf: string;
}

/** A view as a template. All of it is a plugin's: texts are shown with what hides in them, and nothing is markup. */
export function drawView(view: View, around: Around): TemplateResult | typeof nothing {
  switch (view.type) {
    case 'stack':
      return stack(view, around);
    case 'row':
      return row(view, around);
    case 'stat':
      return stat(view);
    case 'gauge':
      return gauge(view);
    case 'series':
      return series(view, around);
    case 'table':
      return table(view, around);
    case 'log':
      return log(view, around);
    case 'markdown':
      return html`<mx-markdown .text=${view.text}></mx-markdown>`;
    case 'tree':
      return html`<ul class="pv-tree" role="list">${view.nodes.map(branch)}</ul>`;
    case 'form':
      return html`<mx-panel-form .form=${view}></mx-panel-form>`;
    case 'button':
      return html`<mx-panel-button .button=${view}></mx-panel-button>`;
    default:
      return nothing;
  }
}

function stack({ title, items }: StackView, around: Around) {
  return html`<div class="pv-stack">
    ${title ? html`<h4 class="t12">${visible(title)}</h4>` : nothing}${items.map((item) => drawView(item, around))}
  </div>`;
}

/** Numbers side by side are tiles; anything else shares the width. */
function row({ items }: RowView, around: Around) {
  const isTiles = items.every(({ type }) => type === 'stat');
  return html`<div class=${isTiles ? 'tiles' : 'pv-row'}>${items.map((item) => drawView(item, around))}</div>`;
}

function stat({ label, value, unit, tone = 'neutral' }: StatView) {
  return html`<div class="tile">
    <span class="mid ${toneClass[tone]}">${visible(withUnit(value, unit))}${said(tone)}</span><span>${visible(label)}</span>
  </div>`;
}

const ARC = Math.PI * 34;

function gauge({ label, value, max, unit, tone = 'neutral' }: GaugeView) {
  const share = shareOf(value, max);
  return html`<div
    class="pv-gauge tone-${tone}"
    role="meter"
    aria-label=${visible(label)}
    aria-valuemin="0"
    aria-valuemax="100"
    aria-valuenow=${Math.round(share * 100)}
    aria-valuetext="${visible(gaugeText(value, max, unit))}${toneWord[tone] ? `, ${toneWord[tone]}` : ''}"
  >
    <svg viewBox="0 0 84 50" aria-hidden="true">
      ${svg`<path class="track" d="M8 44a34 34 0 0 1 68 0" fill="none" stroke-width="7" stroke-linecap="round"></path>
      <path class="full" d="M8 44a34 34 0 0 1 68 0" fill="none" stroke-width="7" stroke-linecap=${share > 0 ? 'round' : 'butt'} stroke-dasharray="${(share * ARC).toFixed(1)} 200"></path>`}
    </svg>
    <span class="mid ${toneClass[tone]}">${visible(withUnit(figure(value), unit))}</span><span class="t12 t3">${visible(label)}</span>
  </div>`;
}

function series(view: SeriesView, { state, asOf }: Around) {
  const { unit, lines, label } = view;
  const isEmpty = lines.every(({ points }) => points.length === 0);
  return html`<mx-chart
    kind="lines"
    class="pv-chart"
    .series=${lines.map(({ name, points }) => ({ name: visible(name), points }))}
    .unit=${visible(unit ?? '')}
    .label=${visible(finding(view))}
    .heading=${visible(label)}
    .format=${(y: number) => visible(withUnit(figure(y), unit))}
    .xFormat=${(x: number | string) => (typeof x === 'number' ? clock(x) : x)}
    .xName=${'Time'}
    .max=${unit === '%' ? 100 : 0}
    .state=${isEmpty ? 'empty' : state}
    .asOf=${asOf}
  ></mx-chart>`;
}

/** A time a plugin gives may be no time at all. */
function clock(at: number | string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? visible(String(at)) : timeOfDay(date.toISOString());
}

function table({ columns, rows }: TableView, { title }: Around) {
  return html`<div class="pv-scroll" tabindex="0" role="region" aria-label="${visible(title)}, table">
    <table class="tbl tbl-s">
      <thead><tr>${columns.map(({ label, align }) => html`<th scope="col" class=${align === 'end' ? 'r' : ''}>${visible(label)}</th>`)}</tr></thead>
      <tbody>
        ${rows.map(
          (one) =>
            html`<tr>${columns.map(({ key, align }) => html`<td class=${align === 'end' ? 'r num' : ''}>${cell(one[key])}</td>`)}</tr>`,
        )}
        ${rows.length === 0 ? html`<tr><td colspan=${columns.length} class="t3">Nothing yet.</td></tr>` : nothing}
      </tbody>
    </table>
  </div>`;
}

function cell(value: string | number | null | undefined): string {
  if (typeof value === 'number') return figure(value);
  return value === null || value === undefined || value === '' ? '-' : visible(value);
}

function log({ lines }: LogView, { title }: Around) {
  return html`<div class="pv-scroll logl" tabindex="0" role="region" aria-label="${visible(title)}, log" data-follow>
    ${lines.map(
      ({ at, text, tone = 'neutral' }) =>
        html`<div><time>${clock(at)}</time><span class=${toneClass[tone]}>${plain(text)}${said(tone)}</span></div>`,
    )}
    ${lines.length === 0 ? html`<p class="t3">Nothing yet.</p>` : nothing}
  </div>`;
}

function branch({ label, detail, open, children = [] }: TreeNode): TemplateResult {
  const words = html`<span>${visible(label)}</span>${detail ? html` <span class="t3">${visible(detail)}</span>` : nothing}`;
  if (children.length === 0) return html`<li>${words}</li>`;
  return html`<li><details ?open=${open ?? false}><summary>${words}</summary><ul role="list">${children.map(branch)}</ul></details></li>`;
}

function said(tone: Tone) {
  return toneWord[tone] ? html`<span class="vh"> (${toneWord[tone]})</span>` : nothing;
}
