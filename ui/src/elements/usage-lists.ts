import type { CallSums, UsageCall } from '@maestro/core/protocol';
import { html, nothing, svg, type TemplateResult } from 'lit';
import { count, duration, money, sameDay, timeOfDay, UNKNOWN } from '../text/format.js';
import { activityName, amountOf, missingPrice, written } from '../text/usage-figures.js';
import { shortDay, type UsageView } from '../text/usage-view.js';
import { visible } from '../text/visible.js';

/** A line of a list: one name and what was used under it. */
export interface UsageLine {
  /** What the filter is set to. */
  value: string;
  name: string;
  sums: CallSums;
  /** Colour of its provider. */
  slot?: string;
  isMono?: boolean;
}

export interface ListOptions {
  heading: string;
  test: string;
  measure: UsageView['measure'];
  /** What the page is narrowed to. */
  chosen: string | undefined;
  choose(value: string): void;
  /** Whether all lines are shown, not the first alone. */
  isLong: boolean;
  lengthen(isLong: boolean): void;
}

const MOST = 6;

/** Names with a bar and what they cost; choosing one narrows the page to it, choosing it again widens it. */
export function usageList(lines: readonly UsageLine[] | null, options: ListOptions): TemplateResult {
  const { heading, test, measure } = options;
  const most = Math.max(0, ...(lines ?? []).map(({ sums }) => amountOf(sums, measure) ?? 0));
  return html`<section class="card usage-card" data-test=${test}>
    <h2>${heading}</h2>
    ${
      lines === null
        ? skeleton
        : lines.length === 0
          ? html`<p class="t12 t2 usage-none">Nothing in this time.</p>`
          : html`<table class="tbl tbl-s usage-list" aria-label="${heading}, ${measure === 'cost' ? 'cost' : 'tokens'}">
            <tbody>
              ${lines.slice(0, options.isLong ? lines.length : MOST).map((line) => row(line, most, options))}
            </tbody>
          </table>`
    }
    ${
      lines !== null && lines.length > MOST
        ? html`<button type="button" class="btn btn-g btn-s usage-more" aria-expanded=${options.isLong ? 'true' : 'false'} data-test="usage-more" @click=${() => options.lengthen(!options.isLong)}>
            ${options.isLong ? 'Show fewer' : `Show all ${count(lines.length)}`}<span class="vh">, ${heading}</span>
          </button>`
        : nothing
    }
  </section>`;
}

function row({ value, name, sums, slot, isMono }: UsageLine, most: number, { chosen, choose, measure }: ListOptions) {
  const amount = amountOf(sums, measure);
  const share = most > 0 && amount !== null ? Math.max(0.5, (amount / most) * 100) : 0;
  const missing = measure === 'cost' ? missingPrice(sums) : '';
  return html`<tr class=${chosen === value ? 'sel' : ''} data-test="usage-row" data-value=${value} @click=${() => choose(value)}>
    <th scope="row">
      <button type="button" class="usage-pick" aria-pressed=${chosen === value ? 'true' : 'false'} @click=${(
        event: Event,
      ) => {
        event.stopPropagation();
        choose(value);
      }}>
        ${slot === undefined ? nothing : html`<i class="slot ${slot}" aria-hidden="true"></i>`}<span class="trunc ${isMono ? 'mono' : ''}" title=${visible(name)}>${visible(name)}</span>
      </button>
    </th>
    <td class="usage-bar" aria-hidden="true">
      <svg class="hbar ${slot ?? ''}" viewBox="0 0 100 6" preserveAspectRatio="none">${svg`<rect width=${share} height="6"></rect>`}</svg>
    </td>
    <td class="r num usage-sum" title=${missing || nothing}>${written(sums, measure)}${missing && sums.total_cost_usd !== null ? html`<span class="t3">+<span class="vh"> ${missing}</span></span>` : nothing}</td>
  </tr>`;
}

const skeleton = html`<div class="usage-skel wait" role="status" aria-label="Loading"><i class="skel skel-90"></i><i class="skel skel-70"></i><i class="skel skel-70"></i><i class="skel skel-40"></i></div>`;

export interface CallsOptions {
  now: Date;
  slotOf(provider: string): string;
  /** The address of a call. */
  pathOf(call: UsageCall): string | null;
}

export function dearestCalls(calls: readonly UsageCall[] | null, options: CallsOptions): TemplateResult {
  return html`<section class="card usage-calls" data-test="usage-calls">
    <header class="card-h"><h2>Most expensive calls</h2></header>
    ${
      calls === null
        ? skeleton
        : calls.length === 0
          ? html`<p class="t12 t2 usage-none">No calls in this time.</p>`
          : html`<table class="tbl tbl-s">
            <thead>
              <tr>
                <th scope="col">When</th><th scope="col">Agent</th><th scope="col">Model</th><th scope="col">Activity</th>
                <th scope="col" class="r">In</th><th scope="col" class="r">Out</th><th scope="col" class="r">Took</th><th scope="col" class="r">Cost</th>
              </tr>
            </thead>
            <tbody>
              ${calls.map((call) => callRow(call, options))}
            </tbody>
          </table>`
    }
  </section>`;
}

function callRow(call: UsageCall, { now, slotOf, pathOf }: CallsOptions) {
  const path = pathOf(call);
  const when = whenOf(call.at, now);
  return html`<tr data-test="usage-call">
    <th scope="row" class="num t2">${path === null ? when : html`<a class="link" href=${path}>${when}<span class="vh">, call of ${call.agent === null ? 'an agent' : visible(call.agent)}</span></a>`}</th>
    <td><span class="trunc" title=${visible(call.agent ?? '')}>${visible(call.agent ?? UNKNOWN)}</span></td>
    <td>
      <span class="row row-3">${call.provider === null ? nothing : html`<i class="slot ${slotOf(call.provider)}" aria-hidden="true"></i>`}<span class="mono trunc" title=${visible(call.model ?? '')}>${visible(call.model ?? UNKNOWN)}</span></span>
    </td>
    <td>${visible(activityName(call.activity))}</td>
    <td class="r num">${count(call.request_tokens)}</td>
    <td class="r num">${count(call.response_tokens)}</td>
    <td class="r num">${call.duration_ms === null ? UNKNOWN : duration(call.duration_ms)}</td>
    <td class="r num">${money(call.total_cost_usd, call.estimated)}</td>
  </tr>`;
}

/** `14:08`, or of another day `9 Nov, 14:08`. */
function whenOf(at: string, now: Date): string {
  const then = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}`;
  return sameDay(then, now) ? timeOfDay(at) : `${shortDay(day)}, ${timeOfDay(at)}`;
}
