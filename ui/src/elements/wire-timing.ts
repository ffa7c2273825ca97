import type { CallResource } from '@maestro/core/protocol';
import { html, nothing, svg } from 'lit';
import { standingOf, timingSteps } from '../text/call-view.js';
import { duration, timeOfDay } from '../text/format.js';
import { visible } from '../text/visible.js';

/** When the steps of a call happened, as bars over one line of time and in figures. */
export function timingOf(call: CallResource, attempts: readonly CallResource[], choose: (id: string) => void) {
  const steps = timingSteps(call);
  const end = Math.max(1, ...steps.map(({ to }) => to));
  return html`<table class="tbl tbl-s wf" data-test="timing">
      <thead><tr><th scope="col">Step</th><th scope="col"><span class="vh">On the line of time</span></th><th scope="col" class="r">Took</th><th scope="col" class="r">At</th></tr></thead>
      <tbody>
        ${steps.map(
          ({ id, label, from, to }) => html`<tr data-step=${id}>
            <th scope="row">${label}</th>
            <td class="wf-bar">
              <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                ${svg`<rect class="wf-${id}" x=${(from / end) * 100} y="0" width=${Math.max(0.6, ((to - from) / end) * 100)} height="6"></rect>`}
              </svg>
            </td>
            <td class="r num">${duration(to - from)}</td>
            <td class="r num t3">${duration(to)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
    ${steps.length === 0 ? html`<p class="hint">${call.state === 'sent' ? 'Known when the call has ended.' : 'Nobody noted it.'}</p>` : nothing}
    <dl class="kv">
      <dt>Started</dt><dd class="num">${timeOfDay(call.started_at)}</dd>
      ${call.provider_request_id === null ? nothing : html`<dt>Request id</dt><dd class="mono trunc" title=${visible(call.provider_request_id)}>${visible(call.provider_request_id)}</dd>`}
    </dl>
    ${attempts.length < 2 ? nothing : attemptList(call, attempts, choose)}`;
}

function attemptList(call: CallResource, attempts: readonly CallResource[], choose: (id: string) => void) {
  return html`<h3>Attempts at this reply</h3>
    <ol class="wf-tries" data-test="attempts">
      ${attempts.map((one, index) => {
        const { word, state } = standingOf(one);
        const before = attempts[index - 1];
        const waited = before?.ended_at ? Date.parse(one.started_at) - Date.parse(before.ended_at) : 0;
        return html`${waited > 50 ? html`<li class="t3">waited ${duration(waited)}</li>` : nothing}
          <li>
            <button type="button" class="link" aria-current=${one.id === call.id ? 'true' : nothing} @click=${() => choose(one.id)}>Attempt ${one.attempt}</button>
            <span class=${tone(state)}>${word}</span>
            ${one.error === null ? nothing : html`<span class="t3">${visible(one.error.message)}</span>`}
          </li>`;
      })}
    </ol>`;
}

export function tone(state: ReturnType<typeof standingOf>['state']): string {
  return { live: 'c-accent', done: 'c-ok', failed: 'c-error', stopped: 't3' }[state];
}
