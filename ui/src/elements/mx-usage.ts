import type { Message } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { count, duration, exactMoney, money, plural, timeOfDay } from '../text/format.js';
import { type UsageSum, usageOf } from '../text/usage.js';
import { MaestroElement } from './element.js';

/** What a reply and those that continue it used: in a few words, and all of it when it is opened. */
@customElement('mx-usage')
export class MxUsage extends MaestroElement {
  /** Oldest first, at least one. */
  @property({ attribute: false }) messages: readonly Message[] = [];

  override render() {
    const first = this.messages[0];
    if (!first) return nothing;
    const usage = usageOf(this.messages);
    const tokens = usage.request_tokens + usage.response_tokens;
    if (tokens === 0) return usage.latency_ms === null ? timeOfDay(first.created_at) : duration(usage.latency_ms);
    return html`<details class="usage" data-test="message-usage" @keydown=${onKey}>
      <summary>${factsOf(usage, tokens)}</summary>
      <dl class="usage-d" data-test="usage-details">
        ${line('Tokens in', count(usage.request_tokens))}
        ${usage.cached_tokens > 0 ? line('of them cached', count(usage.cached_tokens)) : nothing}
        ${line('Tokens out', count(usage.response_tokens))}
        ${usage.reasoning_tokens > 0 ? line('of them thinking', count(usage.reasoning_tokens)) : nothing}
        ${line('Cost', costOf(usage))}
        ${usage.estimated ? line('Counted', 'estimated') : nothing}
        ${this.messages.length > 1 ? line('Replies', count(this.messages.length)) : nothing}
        ${line('At', timeOfDay(first.created_at))}
      </dl>
    </details>`;
  }
}

/** `4,870 tok, $0.03, 19.4 s`, as far as it is known. */
function factsOf(usage: UsageSum, tokens: number): string {
  const facts = [
    `${usage.estimated ? '~' : ''}${count(tokens)} tok`,
    money(usage.total_cost_usd, usage.estimated),
    ...(usage.latency_ms === null ? [] : [duration(usage.latency_ms)]),
  ];
  return facts.join(', ');
}

function costOf({ total_cost_usd, unpriced, estimated }: UsageSum): string {
  const cost = exactMoney(total_cost_usd, estimated);
  return unpriced > 0 && total_cost_usd !== null
    ? `${cost}, ${plural(unpriced, 'reply', 'replies')} without price`
    : cost;
}

function line(term: string, words: string) {
  return html`<dt>${term}</dt><dd>${words}</dd>`;
}

function onKey(event: KeyboardEvent): void {
  const box = event.currentTarget as HTMLDetailsElement;
  if (event.key !== 'Escape' || !box.open) return;
  // Escape closes what is open before it stops an agent.
  event.stopPropagation();
  box.open = false;
}
