import { LitElement } from 'lit';

/**
 * Base of every element of ours. They draw into the page itself, not into a shadow root: one stylesheet file serves
 * all of them under a policy that allows no inline style even where constructable stylesheets are missing, and
 * labels, headings and lists relate across elements. What they take is a property; what they tell is an event.
 */
export class MaestroElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Tells whoever holds this element; false where a listener prevented the default. */
  protected emit<T>(name: string, detail?: T): boolean {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }));
  }

  /** The first element inside with this `data-test` mark or selector. */
  protected find<E extends HTMLElement>(selector: string): E | null {
    return this.querySelector<E>(selector);
  }

  /** A fault of drawing is told around before it is thrown on: the page it stands in says so instead of going blank. */
  protected override performUpdate(): void {
    try {
      super.performUpdate();
    } catch (error) {
      this.emit('mx-fault', error);
      throw error;
    }
  }
}
