/**
 * Every error code The Maestro uses, sorted by code. `status` is the HTTP status where the error
 * reaches a client over REST; `remedy` is what the reader can do. docs/reference/errors.md is
 * generated from this table (scripts/error-reference.mjs) and tests compare both with the sources.
 */
export interface ErrorEntry {
  status: number;
  meaning: string;
  remedy: string;
}

export const errorCatalogue: Readonly<Record<string, ErrorEntry>> = {
  'blob.corrupt': {
    status: 500,
    meaning: 'Stored bytes no longer match their checksum.',
    remedy: 'Restore the database from a backup.',
  },
  'call.corrupt': {
    status: 500,
    meaning: 'The stored bytes of a provider call no longer match their checksum.',
    remedy: 'Restore the database from a backup; `maestro doctor` says what else is damaged.',
  },
  'call.unknown': {
    status: 404,
    meaning: 'There is no provider call of this id.',
    remedy: 'List the calls of the session; a removed session takes its calls along.',
  },
  'config.invalid': {
    status: 500,
    meaning: 'A configuration file, environment variable or flag holds something that is not understood.',
    remedy: 'Mend every listed place; each names its file, line and column. `maestro config validate` checks again.',
  },
  'config.unreadable': {
    status: 500,
    meaning: 'A configuration file that was asked for cannot be read.',
    remedy: 'Check that the file exists and that you may read it.',
  },
  'contribution.bad': {
    status: 500,
    meaning: 'A plugin adds something that lacks an id or has one that is not allowed.',
    remedy: 'Tell the author of the plugin; turn it off with `false` until then.',
  },
  'contribution.taken': {
    status: 409,
    meaning: 'Two plugins add something with the same id.',
    remedy: 'Turn one of the two off in `plugins` of maestro.yaml.',
  },
  'contribution.unknown': {
    status: 404,
    meaning: 'A provider, tool, auth method or panel of this id is not loaded.',
    remedy: 'Check the spelling against the ids listed, and the plugin that brings it with `maestro plugin list`.',
  },
  'conversation.unknown': {
    status: 404,
    meaning: 'There is no conversation of this id.',
    remedy: 'Read the session again for its current conversation; a removed session takes its conversations along.',
  },
  'credential.corrupt': {
    status: 409,
    meaning: 'A saved credential does not open: damaged, moved to another row, or sealed with another key.',
    remedy: 'Remove it with `maestro auth remove` and save it anew.',
  },
  'credential.environment': {
    status: 409,
    meaning: 'A credential that lives in the environment cannot be removed here.',
    remedy: 'Unset its variable and start the server again.',
  },
  'credential.exists': {
    status: 409,
    meaning: 'The provider has a credential of this label already.',
    remedy: 'Choose another label, or remove the other one.',
  },
  'credential.unknown': {
    status: 404,
    meaning: 'There is no credential of this id.',
    remedy: 'List them with `maestro auth list`.',
  },
  'cursor.invalid': {
    status: 400,
    meaning: 'The cursor of a list was not given by this server.',
    remedy: 'Ask for the list anew without a cursor.',
  },
  'database.embedded_failed': {
    status: 500,
    meaning: 'The embedded database cannot be started or stopped.',
    remedy: 'Do what the message says, or set `database.url` to a PostgreSQL of your own.',
  },
  'database.migrating': {
    status: 503,
    meaning: 'Another process has been migrating the database for a minute.',
    remedy: 'Wait for it, or end it; a migration that is cut leaves the database as it was.',
  },
  'database.newer': {
    status: 500,
    meaning: 'The database was written by a newer version of The Maestro.',
    remedy: 'Update The Maestro, or restore a backup made before.',
  },
  'database.too_old': {
    status: 500,
    meaning: 'The PostgreSQL server is older than version 13.',
    remedy: 'Use PostgreSQL 13 or newer.',
  },
  'database.unreachable': {
    status: 503,
    meaning: 'PostgreSQL does not answer, or does not let us in.',
    remedy: 'Check that it runs, and `database.url`: host, port, user, password and name.',
  },
  'database.unsafe': {
    status: 500,
    meaning: 'PostgreSQL runs with `fsync` or `synchronous_commit` off and may forget what it acknowledged.',
    remedy: 'Turn the setting on.',
  },
  'fence.lost': {
    status: 409,
    meaning: 'A process wrote to a conversation that another process owns by now, or that was removed.',
    remedy:
      'Nothing: the new owner goes on. Should it repeat, see that every server has a clock and network that work.',
  },
  'file.mode': {
    status: 500,
    meaning: 'A private file or folder can be read or changed by others, or is a link.',
    remedy: 'Run the chmod command the message gives, then start again.',
  },
  'instance.unregistered': {
    status: 500,
    meaning: 'A server wanted conversations before it had entered itself in the database.',
    remedy: 'Report it; starting again helps.',
  },
  'key.missing': {
    status: 500,
    meaning: 'The master key file is missing while the database holds values sealed with it.',
    remedy: 'Restore `keys/master.key` from a backup. A new key would open nothing.',
  },
  'key.permissions': {
    status: 500,
    meaning: 'The key file or its folder is open to others, belongs to someone else, or is a symbolic link.',
    remedy: 'Run the command the message gives.',
  },
  'key.unwritable': {
    status: 500,
    meaning: 'The master key cannot be written.',
    remedy: 'Check the folder the message names: it must exist, be yours, and have room.',
  },
  'key.wrong': {
    status: 500,
    meaning: 'The master key is not the one this database was used with.',
    remedy: 'Restore the right `keys/master.key`, or point `MAESTRO_MASTER_KEY_FILE` to it.',
  },
  'plugin.activate': {
    status: 500,
    meaning: 'A plugin threw while it started.',
    remedy: 'Read its cause in logs/maestro.log; everything else runs without it.',
  },
  'plugin.config': {
    status: 422,
    meaning: 'The settings of a plugin do not fit its schema.',
    remedy: 'Mend the settings the message names under `plugins` in maestro.yaml.',
  },
  'plugin.loaded': {
    status: 409,
    meaning: 'A plugin of this name is loaded already.',
    remedy: 'Unload it first.',
  },
  'plugin.missing': {
    status: 404,
    meaning: 'The configuration names a plugin whose package is not installed.',
    remedy: 'Install the package, or set it to `false` under `plugins` in maestro.yaml.',
  },
  'plugin.shape': {
    status: 500,
    meaning: 'A package is installed, but its default export is no plugin.',
    remedy: 'Export `definePlugin({ name, activate })` as default, with the name of the package.',
  },
  'plugin.slow': {
    status: 500,
    meaning: 'A plugin did not finish starting within its time limit.',
    remedy: 'Check what it waits for; everything else runs without it.',
  },
  'plugin.unloaded': {
    status: 409,
    meaning: 'A plugin tried to act after it was unloaded.',
    remedy: 'Nothing; if it repeats, tell the author of the plugin.',
  },
  'provider.auth': {
    status: 502,
    meaning: 'The provider refused the key or sign-in.',
    remedy: 'Check the credential with `maestro auth list`; make a new key at the provider.',
  },
  'provider.bad_request': {
    status: 502,
    meaning: 'The provider refused the request as malformed.',
    remedy: 'Read the message of the provider in the call; start a new conversation if it repeats.',
  },
  'provider.interrupted': {
    status: 502,
    meaning: 'The answer of the provider ended before its end mark.',
    remedy: 'Retry the turn.',
  },
  'provider.malformed': {
    status: 502,
    meaning: 'The provider answered something that does not follow its own format.',
    remedy: 'Retry; if it repeats, look at the raw answer of the call.',
  },
  'provider.network': {
    status: 502,
    meaning: 'The server of the provider could not be reached, or the connection broke.',
    remedy: 'Check the network and the base URL of the provider, then retry.',
  },
  'provider.not_found': {
    status: 502,
    meaning: 'The provider does not know the model or address asked for.',
    remedy: 'Choose another model, or check the base URL.',
  },
  'provider.overloaded': {
    status: 502,
    meaning: 'The provider has too much to do right now.',
    remedy: 'Wait a little and retry.',
  },
  'provider.quota': {
    status: 502,
    meaning: 'The account at the provider has no quota or money left.',
    remedy: 'Add credit at the provider, or use another credential.',
  },
  'provider.rate_limit': {
    status: 502,
    meaning: 'Too many requests to the provider in a short time.',
    remedy: 'Wait as long as the message says; The Maestro retries by itself first.',
  },
  'provider.refused': {
    status: 502,
    meaning: 'The provider declined to answer this request.',
    remedy: 'Rephrase the request.',
  },
  'provider.timeout': {
    status: 502,
    meaning: 'The provider did not answer, or stopped answering, within the time limit.',
    remedy: 'Retry the turn.',
  },
  'provider.too_long': {
    status: 502,
    meaning: 'The conversation does not fit the window of the model.',
    remedy: 'Start a new conversation, or choose a model with a larger window.',
  },
  'server.second': {
    status: 500,
    meaning: 'Another server uses this database or home.',
    remedy: 'Stop it, give this one another home, or give both a `redis.url` so that they can share.',
  },
  'server.tls': {
    status: 500,
    meaning: 'NODE_TLS_REJECT_UNAUTHORIZED=0 is set, which would send keys over connections nobody checked.',
    remedy: 'Unset the variable; add a private authority with NODE_EXTRA_CA_CERTS=FILE instead.',
  },
  'session.unknown': {
    status: 404,
    meaning: 'There is no session of this id.',
    remedy: 'List the sessions; it may have been removed.',
  },
  'step.refused': {
    status: 409,
    meaning: 'A change came too late: what it was about is gone, done already, or in another state.',
    remedy: 'Read the session again and repeat what still makes sense.',
  },
  'token.unknown': {
    status: 404,
    meaning: 'There is no token of this id, or it is revoked already.',
    remedy: 'List them with `GET /api/v1/tokens`.',
  },
  'tool.bad_path': {
    status: 400,
    meaning: 'A tool was given a path that cannot be one.',
    remedy: 'The agent names another path; nothing was changed.',
  },
  'tool.bad_range': {
    status: 400,
    meaning: 'A tool was asked for lines that the file does not have.',
    remedy: 'Ask for lines within the file.',
  },
  'tool.binary': {
    status: 400,
    meaning: 'A file that should be text holds something else.',
    remedy: 'Leave it alone, or use a tool made for its kind.',
  },
  'tool.denied': {
    status: 400,
    meaning: 'The operating system does not let the server touch this file.',
    remedy: 'Change its permissions, or start the server as a user who may.',
  },
  'tool.disk_full': {
    status: 507,
    meaning: 'The disk is full; the file is as it was.',
    remedy: 'Free some space and let the agent try again.',
  },
  'tool.failed': {
    status: 500,
    meaning: 'A tool failed in a way nobody foresaw.',
    remedy: 'Read the message; the log has the cause.',
  },
  'tool.many_matches': {
    status: 400,
    meaning: 'The text to replace occurs more than once.',
    remedy: 'Give more lines around it, or allow several replacements.',
  },
  'tool.no_change': {
    status: 400,
    meaning: 'An edit would leave the file as it is.',
    remedy: 'Give a new text that differs.',
  },
  'tool.no_match': {
    status: 400,
    meaning: 'The text to replace is not in the file.',
    remedy: 'Read the file again; the message says how near it came.',
  },
  'tool.not_a_directory': {
    status: 400,
    meaning: 'The path to list is a file.',
    remedy: 'Read it instead.',
  },
  'tool.not_a_file': {
    status: 400,
    meaning: 'The path is a directory, pipe, socket or device.',
    remedy: 'Choose a regular file.',
  },
  'tool.not_found': {
    status: 400,
    meaning: 'The file or directory does not exist.',
    remedy: 'List the directory to see what is there.',
  },
  'tool.stale': {
    status: 409,
    meaning: 'The file was changed by someone else between reading and writing.',
    remedy: 'Read it again, then edit.',
  },
  'tool.too_large': {
    status: 413,
    meaning: 'The file is larger than this tool holds in memory.',
    remedy: 'Work on a range of it.',
  },
  'tool.unknown': {
    status: 404,
    meaning: 'There is no tool of this name.',
    remedy: 'List them with `GET /api/v1/tools`; a plugin may be off.',
  },
};
