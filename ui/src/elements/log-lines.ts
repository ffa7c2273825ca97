import type { Outgoing } from '@maestro/core/client';
import type { CompactionResource, Notice } from '@maestro/core/protocol';
import { html, nothing, type TemplateResult } from 'lit';
import { count, timeOfDay } from '../text/format.js';
import { visible } from '../text/visible.js';
import { icon } from './icon.js';

/** Lines of a conversation that are no messages. */

export function noticeLine({ level, text, code }: Notice): TemplateResult {
  const tone = level === 'error' ? 'c-error' : level === 'warn' ? 'c-warn' : '';
  return html`<p class="note log-notice" data-test="notice" data-code=${code}>
    <span class=${tone}>${icon(level === 'info' ? 'info' : 'triangle-alert', 's')}</span>${visible(text)}
  </p>`;
}

/** What the change of a setting left in the history itself. */
export function modelLine(provider: string, model: string): TemplateResult {
  return html`<p class="note log-notice" data-test="model-line">
    ${icon('info', 's')}<span>From here on: <span class="mono">${visible(provider)} / ${visible(model)}</span></span>
  </p>`;
}

/** From here on a model reads less of what was said; what it reads instead can be looked at. */
export function compactionLine(compaction: CompactionResource): TemplateResult {
  const { tokens_before, tokens_after, head, created_at, reverted_at } = compaction;
  const undone = reverted_at === null ? '' : ', undone since';
  const words = `Compacted at ${timeOfDay(created_at)}: about ${count(tokens_before)} tokens before, ${count(tokens_after)} after${undone}.`;
  return html`<div class="note log-notice" data-test="compaction">
    ${icon('chevrons-up-down', 's')}<span class="grow">${words} The messages stay.</span>${
      head === null
        ? nothing
        : html`<details class="summary">
            <summary class="summary-t">Summary</summary>
            <pre class="code wrap" tabindex="0" role="group" aria-label="What models read instead">${visible(head)}</pre>
          </details>`
    }
  </div>`;
}

/** @param tell sends `mx-resend` or `mx-discard` for this message */
export function outgoingLine(item: Outgoing, tell: (name: string) => void): TemplateResult {
  const failed = item.state === 'failed';
  return html`<article class="outgoing" aria-label="You, ${failed ? 'not sent' : 'sending'}" data-test="outgoing" data-state=${item.state}>
    <div class="msg-h"><b>You</b><span class="meta">${failed ? 'Not sent' : 'Sending'}</span></div>
    <div class="bub">${visible(item.text)}</div>
    ${
      failed
        ? html`<p class="note c-error">
            ${icon('circle-alert', 's')}${item.error?.message ?? ''}
            <button type="button" class="btn btn-s push" @click=${() => tell('mx-resend')}>Send again</button>
            <button type="button" class="btn btn-s btn-g" @click=${() => tell('mx-discard')}>Discard</button>
          </p>`
        : nothing
    }
  </article>`;
}
