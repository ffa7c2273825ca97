import type { JobsState } from '../jobs/jobs.js';
import type { PluginResource } from '../protocol/resources.js';
import type { ServerServices, ServerSettings } from './services.js';

const PING_TIMEOUT_MS = 2_000;

export interface HealthResource {
  version: string;
  database: 'ok' | 'down';
  /** `none`: this process needs no other. */
  redis: 'ok' | 'down' | 'none';
  jobs: JobsState;
  plugins: PluginResource[];
}

export async function health(services: ServerServices, { version }: ServerSettings): Promise<HealthResource> {
  const { database, live, jobs, plugins } = services;
  const isUp = await answers(database.ping());
  return { version, database: isUp ? 'ok' : 'down', redis: live.health(), jobs: jobs.state, plugins: plugins.states() };
}

/** A database that hangs is down as well. */
async function answers(ping: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, PING_TIMEOUT_MS, false);
  });
  const up = ping.then(
    () => true,
    () => false,
  );
  return Promise.race([up, late]).finally(() => clearTimeout(timer));
}
