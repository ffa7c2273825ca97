import { MaestroError } from '../errors.js';

/** One thing that is wrong: where (`file:line:column`, a variable or a flag), at which key, and what. */
export interface Problem {
  where: string;
  path: string;
  message: string;
}

/** `config.invalid` with every problem found, so that they can be mended in one go. Holds no secret value. */
export class ConfigError extends MaestroError {
  constructor(readonly problems: readonly Problem[]) {
    const lines = problems.map(({ where, path, message }) => `  ${where} ${path ? `${path}: ` : ''}${message}`);
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    super('config.invalid', `the configuration has ${count}:\n${lines.join('\n')}`);
  }
}
