import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ToolCallContext } from '@maestro/core';
import { findFiles } from '@maestro/tools-files/find-files';
import type { Ripgrep } from '@maestro/tools-files/ripgrep';

/** Files of one project that are looked at; changes of further ones are not seen. */
const most = 5_000;
const timeoutMs = 5_000;

/** Files that say how a project is put together. */
const settings =
  /^([jt]sconfig[\w.-]*\.json|package\.json|go\.(mod|sum|work)|Cargo\.toml|pyproject\.toml|pyrightconfig\.json|compile_commands\.json|\.clangd|mix\.exs|Gemfile)$/;

interface Change {
  uri: string;
  /** 1 created, 2 changed, 3 deleted, as the protocol counts. */
  type: 1 | 2 | 3;
}

/** Sees what changed in a project since it was looked at last, for servers that are to be told. */
export class ChangedFiles {
  #known: Map<string, string> | undefined;

  constructor(
    private readonly ripgrep: Ripgrep,
    private readonly root: string,
    private readonly languages: Readonly<Record<string, string>>,
  ) {}

  /** Nothing at first: then the server has only just read the project. */
  async since(call: ToolCallContext): Promise<Change[]> {
    const before = this.#known;
    const now = await this.#look(call);
    this.#known = now;
    if (!before) return [];
    const changes: Change[] = [];
    for (const [file, stamp] of now) {
      if (before.get(file) !== stamp) changes.push({ uri: pathToFileURL(file).href, type: before.has(file) ? 2 : 1 });
    }
    for (const file of before.keys()) if (!now.has(file)) changes.push({ uri: pathToFileURL(file).href, type: 3 });
    return changes;
  }

  /** The files of the languages, as they were seen last, in the order of their paths. */
  get sources(): string[] {
    return [...(this.#known?.keys() ?? [])].filter((file) => this.#isSource(file));
  }

  async #look(call: ToolCallContext): Promise<Map<string, string>> {
    const found = await findFiles(
      this.ripgrep,
      {
        directory: this.root,
        filter: { hasGitRules: true, hasOwnRules: true },
        fits: (file) => this.#isSource(file) || settings.test(path.posix.basename(file)),
        ...{ most, timeoutMs },
      },
      call,
    );
    const files = found.files.sort();
    const stamps = new Map<string, string>();
    for (let at = 0; at < files.length; at += 64) {
      call.signal.throwIfAborted();
      const some = files.slice(at, at + 64);
      const stats = await Promise.all(some.map((file) => stat(file).catch(() => undefined)));
      for (const [index, one] of stats.entries())
        if (one) stamps.set(some[index] as string, `${one.mtimeMs}/${one.size}`);
    }
    return stamps;
  }

  #isSource(file: string): boolean {
    return Object.hasOwn(this.languages, path.extname(file).toLowerCase());
  }
}
