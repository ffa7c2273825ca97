import type { ApprovalRuleResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { app, messageOf } from '../state/app.js';
import { lists, ShowLists } from '../state/settings-lists.js';
import { sentence } from '../text/sentence.js';
import { type Decision, decisionWords, literal, toolRules } from '../text/tool-rules.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import { listFrame } from './list-frame.js';
import { pick } from './pick.js';

const decisions: readonly (Decision | 'none')[] = ['none', 'allow', 'ask', 'deny'];
const options = (['allow', 'ask', 'deny'] as const).map((value) => ({ value, label: decisionWords[value] }));

/** When one tool runs by itself, asks or never runs: in general, and for what it is about. */
@customElement('mx-approval-rules')
export class MxApprovalRules extends MaestroElement {
  @property() tool = '';
  @state() private problem = '';
  /** What was chosen and is being saved. */
  @state() private chosen: Decision | 'none' | null = null;
  @state() private decision: Decision = 'ask';

  constructor() {
    super();
    new ShowLists(this, 'approvalRules');
  }

  override render() {
    return listFrame({
      name: 'rules',
      list: lists.approvalRules.value,
      retry: () => void lists.approvalRules.load(),
      content: (rules) => this.#rules(rules),
    });
  }

  #rules(all: readonly ApprovalRuleResource[]) {
    const { general, special, wider } = toolRules(this.tool, all);
    const current = this.chosen ?? general?.decision ?? 'none';
    return html`<div class="col rule-opts" role="radiogroup" aria-label="Approval" data-test="approval">
        ${decisions.map(
          (decision) => html`<label class="rule-opt" data-checked=${decision === current ? 'true' : 'false'}>
            <input class="vh" type="radio" name="approval-${this.tool}" value=${decision} .checked=${decision === current} @change=${() => this.#choose(decision, general)}>
            <span>${decision === 'none' ? 'As the session says' : decisionWords[decision]}</span>
            ${decision === current ? html`<span class="push c-accent">${icon('check', 's')}</span>` : nothing}
          </label>`,
        )}
      </div>
      ${special.length + wider.length === 0 ? nothing : html`<ul class="rule-list">${[...special, ...wider].map((rule) => this.#rule(rule))}</ul>`}
      ${this.#adding()}
      ${this.problem === '' ? nothing : html`<p class="problem" role="alert" data-test="rule-problem">${icon('circle-alert', 's')}<span>${this.problem}</span></p>`}`;
  }

  #rule(rule: ApprovalRuleResource) {
    const { id, tool, pattern, decision, session_id } = rule;
    const session = app.sessions.value.find((one) => one.session_id === session_id);
    const about = pattern === null ? 'whatever it is called with' : visible(pattern);
    const where = session_id === null ? '' : `, in ${visible(session?.agent_name ?? 'one session')}`;
    const name = `${visible(tool.replace(/\\([\\*])/g, '$1'))}: ${about}`;
    return html`<li class="row t12" data-test="rule">
      <span class="grow wrap-any"><span class="mono">${tool === literal(this.tool) ? about : name}</span>${where}</span>
      ${pick({ name: `What is done with ${name}`, test: 'rule-decision', value: decision, options, small: true, change: (value) => void this.#act(() => app.rest.patchApprovalRule(id, { decision: value as Decision })) })}
      <button type="button" class="btn btn-s btn-g btn-i" aria-label="Delete the rule for ${name}" data-test="rule-delete" @click=${() => this.#remove(id)}>${icon('trash-2', 's')}</button>
    </li>`;
  }

  #adding() {
    return html`<form class="rule-add" @submit=${this.#add}>
      <input class="input mono t12" name="pattern" aria-label="Only for what fits this pattern" placeholder="Only for, such as git push *" autocomplete="off" spellcheck="false" maxlength="4096" data-test="rule-pattern">
      ${pick({ name: 'What is done then', test: 'rule-new-decision', value: this.decision, options, small: true, change: (value) => this.#decide(value as Decision) })}
      <button type="submit" class="btn btn-s" data-test="rule-add">${icon('plus', 's')}Add rule</button>
    </form>`;
  }

  #decide(decision: Decision): void {
    this.decision = decision;
  }

  async #choose(decision: Decision | 'none', before: ApprovalRuleResource | undefined): Promise<void> {
    this.chosen = decision;
    await this.#act(async () => {
      if (decision === 'none') return before && app.rest.removeApprovalRule(before.id);
      if (before) return app.rest.patchApprovalRule(before.id, { decision });
      return app.rest.createApprovalRule({ tool: literal(this.tool), decision });
    });
    this.chosen = null;
  }

  #add = async (event: Event): Promise<void> => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const field = form.elements.namedItem('pattern') as HTMLInputElement;
    const pattern = field.value.trim();
    if (pattern === '') {
      this.problem = 'Write what the rule is for; * stands for any text.';
      field.focus();
      return;
    }
    const { decision } = this;
    if (await this.#act(() => app.rest.createApprovalRule({ tool: literal(this.tool), pattern, decision })))
      form.reset();
  };

  async #remove(id: string): Promise<void> {
    if (!(await this.#act(() => app.rest.removeApprovalRule(id)))) return;
    await this.updateComplete;
    this.find('[data-test="rule-pattern"]')?.focus();
  }

  /** Does it and reads the rules anew; false where it failed. */
  async #act(act: () => Promise<unknown> | undefined): Promise<boolean> {
    this.problem = '';
    try {
      await act();
      await lists.approvalRules.load();
      return true;
    } catch (error) {
      this.problem = sentence(messageOf(error));
      this.requestUpdate();
      return false;
    }
  }
}
