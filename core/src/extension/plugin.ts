import type { InjectionToken } from 'tsyringe';
import type { Static, TObject } from 'typebox';
import type { Logger } from '../log.js';
import type { Dispose, doors, Registry } from './registry.js';

type Item<R> = R extends Registry<infer T> ? T : never;
type Doors = { readonly [K in keyof typeof doors]: { add(item: Item<InstanceType<(typeof doors)[K]>>): Dispose } };

/** All a plugin sees of the platform. What it adds is taken back, last first, as it unloads. */
export interface PluginContext extends Doors {
  readonly log: Logger;
  /** Aborts as unloading begins: hand it to fetch, timers and child processes. */
  readonly signal: AbortSignal;
  /** Registers any other clean-up: a socket, a watcher, a subscription. */
  own(dispose: Dispose): Dispose;
  /** A core service, or one of the plugin's own classes, built in the plugin's container. */
  resolve<T>(token: InjectionToken<T>): T;
}

/**
 * What a package exports as default. It runs with the full rights of the server's process: the doors
 * keep order, they are no sandbox.
 */
export interface Plugin<S extends TObject = TObject> {
  /** The name of its package. */
  readonly name: string;
  /** Shape of its settings; unknown keys are refused, defaults are filled in. */
  readonly config?: S;
  /** Adds what it has to add. It has ten seconds; work that takes longer is started here and waited for elsewhere. */
  activate(ctx: PluginContext, config: Static<S>): void | Promise<void>;
}

/** Keeps the type of the settings tied to the schema. */
export const definePlugin = <S extends TObject>(plugin: Plugin<S>): Plugin<S> => plugin;

/** Injects the plugin's own parsed settings into its classes. */
export const PluginConfig = Symbol('PluginConfig');
