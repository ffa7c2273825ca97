import type { Command } from './command.js';

/** Every verb, loaded when it is called: starting the command line must not cost loading the server. */
export const verbs: Readonly<Record<string, () => Promise<{ command: Command }>>> = {
  start: () => import('./start.js'),
  open: () => import('./open.js'),
  run: () => import('./run.js'),
  'session list': () => import('./session-list.js'),
  'session show': () => import('./session-show.js'),
  'session new': () => import('./session-new.js'),
  'session send': () => import('./session-send.js'),
  'session stop': () => import('./session-stop.js'),
  'session rm': () => import('./session-rm.js'),
  'auth login': () => import('./auth-login.js'),
  'auth list': () => import('./auth-list.js'),
  'auth remove': () => import('./auth-remove.js'),
  'plugin list': () => import('./plugin-list.js'),
  'token create': () => import('./token-create.js'),
  'token list': () => import('./token-list.js'),
  'token revoke': () => import('./token-revoke.js'),
  'config validate': () => import('./config-validate.js'),
  doctor: () => import('./doctor.js'),
};
