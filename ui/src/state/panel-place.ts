export const panelTabs = ['tools', 'mcp', 'context', 'usage', 'wire'] as const;
export type PanelTab = (typeof panelTabs)[number];

const KEY = 'maestro.panel';
const NARROWEST = 256;

interface Kept {
  open: boolean;
  tab: PanelTab;
  /** In pixels; null: as the width of the window has it. */
  width: number | null;
}

/** How the side panel was left: open or closed, at which tab, how wide. Kept in this browser. */
export class PanelPlace {
  #kept: Kept = read();

  get open(): boolean {
    return this.#kept.open;
  }
  get tab(): PanelTab {
    return this.#kept.tab;
  }
  get width(): number | null {
    return this.#kept.width;
  }

  set(change: Partial<Kept>): void {
    this.#kept = { ...this.#kept, ...change };
    localStorage.setItem(KEY, JSON.stringify(this.#kept));
  }
}

export function isPanelTab(value: unknown): value is PanelTab {
  return panelTabs.some((tab) => tab === value);
}

/** What a person may choose: neither so narrow that nothing is read, nor so wide that the conversation is not. */
export function fittingWidth(wanted: number, window: number): number {
  return Math.round(Math.max(NARROWEST, Math.min(wanted, window * 0.6)));
}

function read(): Kept {
  const kept: Kept = { open: true, tab: 'context', width: null };
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return kept;
    const { open, tab, width } = stored as Record<string, unknown>;
    return {
      open: typeof open === 'boolean' ? open : kept.open,
      tab: isPanelTab(tab) ? tab : kept.tab,
      width: typeof width === 'number' && Number.isFinite(width) ? width : null,
    };
  } catch {
    // Somebody else wrote there.
    return kept;
  }
}
