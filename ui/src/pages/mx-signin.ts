import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { MaestroElement } from '../elements/element.js';
import { brandMark, icon } from '../elements/icon.js';
import { app } from '../state/app.js';
import { Watch } from '../state/controllers.js';
import { sentence } from '../text/sentence.js';

/** What a browser sees that is not signed in: how to get a code, and a field for it. */
@customElement('mx-signin')
export class MxSignin extends MaestroElement {
  @state() private busy = false;

  constructor() {
    super();
    new Watch(this, app.refusal);
  }

  override render() {
    const refusal = app.refusal.value;
    return html`<main class="signin" id="main" tabindex="-1" data-test="signin">
      <div class="card">
        <p class="brand">${brandMark()}<span>Maestro</span></p>
        <h1>Sign in to this server</h1>
        <p>In a terminal on the machine that runs it, in its folder:</p>
        <pre class="code" tabindex="0">npx maestro open</pre>
        <form @submit=${this.#submit}>
          <div class="field">
            <label class="label" for="code">Or paste a sign-in code</label>
            <input
              class="input mono"
              id="code"
              name="code"
              autocomplete="off"
              spellcheck="false"
              data-test="signin-code"
              aria-invalid=${refusal === '' ? 'false' : 'true'}
              aria-describedby=${refusal === '' ? nothing : 'code-problem'}
            >
            ${refusal === '' ? html`<p class="hint">It works once, within a minute.</p>` : html`<p class="problem" id="code-problem" role="alert" data-test="signin-problem">${icon('circle-alert', 's')}<span>${sentence(refusal)}</span></p>`}
          </div>
          <button type="submit" class="btn btn-lg btn-p" data-test="signin-submit" aria-disabled=${this.busy ? 'true' : 'false'}>Sign in</button>
        </form>
      </div>
    </main>`;
  }

  protected override firstUpdated(): void {
    this.find('#code')?.focus();
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    const code = this.find<HTMLInputElement>('#code')?.value.trim() ?? '';
    if (code === '' || this.busy) return;
    this.busy = true;
    await app.signIn(codeIn(code));
    this.busy = false;
  }
}

/** A whole pasted address gives its code. */
function codeIn(text: string): string {
  return /#c=([^&\s]+)/.exec(text)?.[1] ?? text;
}
