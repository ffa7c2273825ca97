import type { SessionStatus } from '@maestro/core/protocol';
import { type SVGTemplateResult, svg } from 'lit';

/** Our own mark: an M that ends in a beat. Drawn on a grid of 20. */
export const mark = svg`<path d="M2.8 16.2 6.2 4.4l3.8 9.2 3.8-9.2 2.1 7.3"></path>
  <circle class="solid" cx="16.8" cy="15.6" r="1.3"></circle>`;

/** One shape per status, so that none is told by colour alone. Drawn on a grid of 14. */
export const statusGlyphs: Record<SessionStatus, SVGTemplateResult> = {
  idle: svg`<circle class="line" cx="7" cy="7" r="4.1"></circle>`,
  thinking: svg`<circle class="line ring" cx="7" cy="7" r="5.2"></circle><circle cx="7" cy="7" r="1.7"></circle>`,
  streaming: svg`<rect x="2" y="4" width="2.4" height="8" rx="1"></rect>
    <rect x="5.8" y="2" width="2.4" height="10" rx="1"></rect>
    <rect x="9.6" y="5.5" width="2.4" height="6.5" rx="1"></rect>`,
  tool: svg`<rect class="line" x="1.8" y="1.8" width="10.4" height="10.4" rx="1.8"></rect>
    <path class="line" d="m4.7 5 2 2-2 2M8 9.2h1.8"></path>`,
  approval: svg`<path class="cut" d="M7 .9a1.4 1.4 0 0 1 1 .41L12.69 6a1.4 1.4 0 0 1 0 2L8 12.69a1.4 1.4 0 0 1-2 0L1.31 8a1.4
    1.4 0 0 1 0-2L6 1.31A1.4 1.4 0 0 1 7 .9Zm0 2.9a.75.75 0 0 0-.75.75v2.6a.75.75 0 0 0 1.5 0v-2.6A.75.75 0 0 0 7 3.8Zm0
    5.1a.85.85 0 1 0 0 1.7.85.85 0 0 0 0-1.7Z"></path>`,
  queued: svg`<circle cx="2.6" cy="7" r="1.5"></circle><circle cx="7" cy="7" r="1.5"></circle>
    <circle cx="11.4" cy="7" r="1.5"></circle>`,
  error: svg`<path class="cut" d="M5.79 1.9a1.4 1.4 0 0 1 2.42 0l4.65 8.05a1.4 1.4 0 0 1-1.21 2.1h-9.3a1.4 1.4 0 0
    1-1.21-2.1ZM7 4.3a.75.75 0 0 0-.75.75v2.4a.75.75 0 0 0 1.5 0v-2.4A.75.75 0 0 0 7 4.3ZM7 9a.85.85 0 1 0 0 1.7A.85.85 0
    0 0 7 9Z"></path>`,
  interrupted: svg`<rect x="3.2" y="2.5" width="2.6" height="9" rx="1"></rect>
    <rect x="8.2" y="2.5" width="2.6" height="9" rx="1"></rect>`,
};
