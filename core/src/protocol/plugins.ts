import type { PluginResource } from './resources.js';

/** A plugin as the list of the settings page has it. */
export interface PluginSummary extends PluginResource {
  /** What its package says of itself. */
  description: string | null;
  license: string | null;
  /** Why what is set counts only after the next start; null: it counts now. */
  restart: string | null;
}

export interface PluginDetail extends PluginSummary {
  /** Where its package lies; null where it was handed in by whoever started the server. */
  folder: string | null;
  /** JSON schema of its settings; null while its code is not loaded. */
  schema: unknown;
  /** As they count now, defaults filled in; secrets are left out. */
  settings: Record<string, unknown>;
  /** Dotted paths of secrets that are set; they are written, never read. */
  secrets: string[];
  /** Dotted paths of what is set above maestro.yaml, with the place; a change there would have no effect. */
  fixed: Record<string, string>;
}

/** One line of the log that a plugin wrote, or that was written about its panels. */
export interface PluginLogLine {
  at: string;
  level: string;
  text: string;
}
