import { html, nothing, type TemplateResult } from 'lit';
import type { UsageShown } from '../state/usage-data.js';
import { count, money, percent, shortCount, UNKNOWN } from '../text/format.js';
import { comparedWith, missingPrice } from '../text/usage-figures.js';
import { periodName, type UsageView } from '../text/usage-view.js';

type Measure = UsageView['measure'];

interface Tile {
  name: string;
  value: string;
  note: string;
  /** The figure in full. */
  title?: string;
}

/** The four figures at the top. Cost and tokens are what the page can be about: choosing one draws everything by it. */
export function usageTiles(
  shown: UsageShown | null,
  measure: Measure,
  choose: (measure: Measure) => void,
): TemplateResult {
  if (!shown)
    return html`<div class="usage-tiles" role="status" aria-label="Loading">${['Cost', 'Tokens', 'API calls', 'Cache reads'].map(waiting)}</div>`;
  const { totals } = shown.times;
  const { cache_saved_usd, calls, failed_calls, request_tokens, response_tokens, cached_tokens, unpriced_calls } =
    totals;
  const choice = (of: Measure, tile: Tile) => html`<button
    type="button"
    class="card usage-tile"
    aria-pressed=${of === measure ? 'true' : 'false'}
    title=${of === measure ? nothing : `Show ${of} in the chart and the lists`}
    data-test="usage-measure-${of}"
    @click=${() => of !== measure && choose(of)}
  >${inside(tile)}</button>`;
  const plain = (tile: Tile) => html`<div class="card usage-tile">${inside(tile)}</div>`;
  return html`<div class="usage-tiles" data-test="usage-tiles">
    ${choice('cost', {
      name: `Cost, ${periodName(shown.view)}`,
      value: money(calls === 0 ? '0' : totals.total_cost_usd, totals.estimated),
      note:
        unpriced_calls > 0
          ? missingPrice(totals)
          : comparedWith(totals.total_cost_usd, shown.before.totals.total_cost_usd),
    })}
    ${choice('tokens', {
      name: 'Tokens',
      value: `${totals.estimated ? '~' : ''}${shortCount(request_tokens + response_tokens)}`,
      note: `${shortCount(request_tokens)} in, ${shortCount(response_tokens)} out`,
      title: count(request_tokens + response_tokens),
    })}
    ${plain({
      name: 'API calls',
      value: count(calls),
      note:
        failed_calls === 0
          ? 'none failed'
          : `${count(failed_calls)} failed, ${share(failed_calls / (calls + failed_calls))}`,
    })}
    ${plain({
      name: 'Cache reads',
      value: request_tokens === 0 ? UNKNOWN : percent(cached_tokens / request_tokens),
      note:
        cache_saved_usd === null
          ? `${shortCount(cached_tokens)} tokens read from caches`
          : `saved ${money(cache_saved_usd, true)}`,
      title: request_tokens === 0 ? 'unknown' : '',
    })}
  </div>`;
}

function inside({ name, value, note, title }: Tile) {
  return html`<span class="t12 t2">${name}</span><span class="mid" title=${title || nothing}>${value}</span><span class="t12 t3 num">${note}</span>`;
}

function waiting(name: string) {
  return html`<div class="card usage-tile"><span class="t12 t2">${name}</span><i class="skel skel-40 wait"></i><i class="skel skel-70 wait"></i></div>`;
}

/** `1.5 %`: small shares with a digit more. */
function share(value: number): string {
  return value < 0.1 ? `${(value * 100).toFixed(1)}\u202f%` : percent(value);
}
