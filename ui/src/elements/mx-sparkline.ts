import { html, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { MaestroElement } from './element.js';

const WIDTH = 240;
const HEIGHT = 28;
/** Nothing is a trace of a bar, so that time without work is seen as time. */
const TRACE = 1;

/** The last while as small bars or a line; the newest bars are drawn in the colour of the text around it. */
@customElement('mx-sparkline')
export class MxSparkline extends MaestroElement {
  /** Oldest first. */
  @property({ attribute: false }) points: readonly number[] = [];
  /** What it shows, as a finding: "Tokens in the last four minutes, 320 at most". */
  @property() label = '';
  @property() kind: 'bars' | 'line' = 'bars';
  /** How many of the newest points are of now. */
  @property({ type: Number }) live = 0;
  /** What the upper edge stands for; 0: the largest point. */
  @property({ type: Number }) top = 0;
  @property({ reflect: true }) state: 'live' | 'loading' | 'empty' | 'stale' = 'live';

  override render() {
    return html`<svg
      class="spark"
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      preserveAspectRatio="none"
      role="img"
      aria-label=${this.label}
    >
      ${this.points.length === 0 ? svg`` : this.kind === 'line' ? this.#line() : this.#bars()}
    </svg>`;
  }

  get #most(): number {
    return Math.max(this.top, ...this.points) || 1;
  }

  #bars() {
    const step = WIDTH / this.points.length;
    const newest = this.points.length - this.live;
    return this.points.map((value, place) => {
      const height = Math.max(TRACE, (Math.max(0, value) / this.#most) * HEIGHT);
      return svg`<rect class=${place >= newest ? 'now' : ''} x=${place * step} y=${HEIGHT - height} width=${step * 0.7} height=${height}></rect>`;
    });
  }

  #line() {
    const step = WIDTH / Math.max(1, this.points.length - 1);
    const path = this.points
      .map((value, place) => {
        const y = HEIGHT - 1 - (Math.max(0, value) / this.#most) * (HEIGHT - 2);
        return `${place === 0 ? 'M' : 'L'}${(place * step).toFixed(1)} ${y.toFixed(1)}`;
      })
      .join('');
    return svg`<path class="area" d="${path}V${HEIGHT}H0Z"></path><path class="line" d=${path} vector-effect="non-scaling-stroke"></path>`;
  }
}
