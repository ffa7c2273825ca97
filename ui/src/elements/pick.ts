import { html, nothing, type TemplateResult } from 'lit';
import { icon } from './icon.js';

export interface Option {
  value: string;
  label: string;
}

export interface Pick {
  id?: string;
  /** Its name, where no label element points at it. */
  name?: string;
  test: string;
  value: string;
  options: readonly Option[];
  change: (value: string) => void;
  /** Colour slot of what is chosen. */
  slot?: string;
  small?: boolean;
  mono?: boolean;
  describedBy?: string;
  invalid?: boolean;
}

/** A choice of one: the platform's own control, so type-ahead, arrows and readers work as everywhere. */
export function pick(choice: Pick): TemplateResult {
  const known = choice.options.some(({ value }) => value === choice.value);
  const options = known ? choice.options : [{ value: choice.value, label: choice.value || '-' }, ...choice.options];
  return html`<span class="pick ${choice.small ? 'pick-s' : ''}">
    ${choice.slot === undefined ? nothing : html`<i class="slot ${choice.slot}" aria-hidden="true"></i>`}
    <select
      id=${choice.id ?? nothing}
      class=${choice.mono ? 'mono' : ''}
      aria-label=${choice.name ?? nothing}
      aria-describedby=${choice.describedBy ?? nothing}
      aria-invalid=${choice.invalid ? 'true' : nothing}
      data-test=${choice.test}
      @change=${(event: Event) => changed(event.target as HTMLSelectElement, choice)}
    >
      ${options.map(({ value, label }) => html`<option value=${value} .selected=${value === choice.value}>${label}</option>`)}
    </select>
    ${icon(choice.small ? 'chevron-down' : 'chevrons-up-down', choice.small ? 'xs' : 's')}
  </span>`;
}

/** Shows the choice once its owner has made it: what the server refuses is never on the screen. */
function changed(select: HTMLSelectElement, choice: Pick): void {
  const { value } = select;
  select.value = choice.value;
  choice.change(value);
}
