import 'reflect-metadata';
import { container } from 'tsyringe';
import type { AuthMethod } from '../extension/auth.js';
import { PluginHost } from '../extension/host.js';
import { type FoundPlugins, findPlugins, type PluginSettings, startPlugins } from '../extension/load.js';
import { doors } from '../extension/registry.js';
import { standIn } from '../extension/stand-in.js';
import type { WireOperation } from '../extension/wire-operation.js';
import type { Logger } from '../log.js';
import { Http } from '../wire/http.js';

export interface Contributions {
  operations: readonly WireOperation[];
  methods: readonly AuthMethod[];
  /** Why a plugin that is wanted is not there. */
  missing: readonly string[];
}

/** What the configured plugins bring, without a database or a server. They are gone again when `use` is through. */
export async function withContributions<T>(
  settings: PluginSettings,
  { http, log }: { http: Http; log: Logger },
  use: (contributions: Contributions) => Promise<T>,
): Promise<T> {
  const root = container.createChildContainer();
  const registries = { providers: new doors.providers(), auth: new doors.auth() };
  const known = { ...registries, tools: new doors.tools(), panels: new doors.panels() };
  for (const [name, registry] of Object.entries(known))
    root.registerInstance(doors[name as keyof typeof doors] as never, registry as never);
  root.registerInstance(Http, http);
  const host = new PluginHost(root, log, { standIn });
  try {
    await startPlugins(host, withClients(await findPlugins(settings)));
    return await use({
      operations: registries.providers.all().flatMap(({ wire }) => wire ?? []),
      methods: registries.auth.all(),
      missing: host.list().flatMap(({ name, reason }) => (reason ? [`${name}: ${reason}`] : [])),
    });
  } finally {
    await host.close();
  }
}

/** Sign-ins tell their addresses only with a client; where the person has set none, one that is made up will do. */
function withClients(found: FoundPlugins): FoundPlugins {
  return found.map((entry) => {
    if (entry.settings === false || !entry.found || !('plugin' in entry.found)) return entry;
    const properties: Shape = entry.found.plugin.config?.properties ?? {};
    return { ...entry, settings: filled(entry.settings as Settings, properties) };
  });
}

type Shape = Readonly<Record<string, { properties?: Shape }>>;
type Settings = Readonly<Record<string, unknown>>;

const CLIENT = /^client(Id|Secret)$/;

function filled(settings: Settings, shape: Shape): Settings {
  const added = Object.entries(shape).flatMap(([key, { properties }]): [string, unknown][] => {
    if (CLIENT.test(key)) return settings[key] ? [] : [[key, 'made-up-for-the-check']];
    if (!properties) return [];
    const inner = filled((settings[key] ?? {}) as Settings, properties);
    return Object.keys(inner).length > 0 || settings[key] !== undefined ? [[key, inner]] : [];
  });
  return { ...settings, ...Object.fromEntries(added) };
}
