import type { Dispose, Tools } from '../extension/registry.js';
import type { TemplateResource } from '../protocol/resources.js';
import type { Templates } from '../store/templates.js';
import { readAgentFile } from './agent-file.js';

export interface Imported {
  template: TemplateResource;
  /** What was left out or may not do what it did elsewhere, in words. */
  notes: string[];
}

/** Saves agent files of other programs. How those name their tools, plugins know. */
export class AgentImport {
  readonly #tables = new Set<ReadonlyMap<string, readonly string[]>>();

  constructor(
    private readonly templates: Pick<Templates, 'create'>,
    private readonly tools: Pick<Tools, 'has'>,
  ) {}

  /** @param table from names of tools elsewhere to what does the same here */
  know(table: Readonly<Record<string, readonly string[]>>): Dispose {
    const known = new Map(Object.entries(table));
    this.#tables.add(known);
    return () => void this.#tables.delete(known);
  }

  /** @throws MaestroError `template.file`, `template.exists` */
  async import(file: string, text: string): Promise<Imported> {
    const { agent, notes } = readAgentFile(file, text, { isForeign: true });
    const tools = agent.tools && [...new Set(agent.tools.flatMap((name) => this.#named(name)))];
    for (const name of tools ?? []) {
      if (!this.tools.has(name)) notes.push(`there is no tool "${name}" now; the agent does without it`);
    }
    const template = await this.templates.create({ ...agent, ...(tools && { tools }) }, 'imported');
    return { template, notes };
  }

  /** A name stays where nobody knows it: a list that lost its names would allow everything. */
  #named(name: string): readonly string[] {
    if (this.tools.has(name)) return [name];
    for (const table of this.#tables) {
      const known = table.get(name);
      if (known) return known;
    }
    return [name];
  }
}
