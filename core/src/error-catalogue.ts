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
  'auth.code_invalid': {
    status: 401,
    meaning: 'The sign-in code is wrong, was used already, or is older than 60 seconds.',
    remedy: 'Run `maestro open` again for a new one.',
  },
  'auth.machine_only': {
    status: 403,
    meaning: 'A browser asked for something only programs on this machine may have.',
    remedy: 'Use the command the message names.',
  },
  'blob.corrupt': {
    status: 500,
    meaning: 'Stored bytes no longer match their checksum.',
    remedy: 'Restore the database from a backup.',
  },
  'blob.mismatch': {
    status: 400,
    meaning: 'The bytes do not have the SHA-256 under which they were to be stored.',
    remedy: 'Send them again under the right one.',
  },
  'blob.unknown': {
    status: 404,
    meaning: 'There are no bytes under this SHA-256.',
    remedy: 'Store them first with `PUT /api/v1/blobs/SHA256`.',
  },
  'call.corrupt': {
    status: 500,
    meaning: 'The stored bytes of a provider call no longer match their checksum.',
    remedy: 'Restore the database from a backup; `maestro doctor` says what else is damaged.',
  },
  'call.interrupted': {
    status: 502,
    meaning: 'The server stopped before the answer of a provider was complete.',
    remedy: 'Nothing; the call is made again, or the turn says why not.',
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
  'credential.invalid': {
    status: 422,
    meaning: 'What was given for a credential cannot be right.',
    remedy: 'Check what you pasted; the message says what is wrong with it.',
  },
  'credential.method_unknown': {
    status: 422,
    meaning: 'The provider does not accept this auth method.',
    remedy: 'Use one of the methods the message names.',
  },
  'credential.missing': {
    status: 409,
    meaning: 'The provider of the session needs a key or sign-in, and there is none.',
    remedy: 'Add one with `maestro auth login PROVIDER` or set its environment variable, then retry.',
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
  'database.full': {
    status: 507,
    meaning: 'The disk of the database is full; what was asked for was not written.',
    remedy: 'Make room on it, then try again.',
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
  'directory.unknown': {
    status: 404,
    meaning: 'The directory to list does not exist.',
    remedy: 'Check the path.',
  },
  'directory.unreadable': {
    status: 403,
    meaning: 'The path is no directory, or its permissions do not let the server read it.',
    remedy: 'Choose another, or change its permissions.',
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
  'frame.invalid': {
    status: 400,
    meaning: 'A frame on the socket does not follow the protocol.',
    remedy: 'Compare it with the WebSocket part of the reference.',
  },
  'gate.busy': {
    status: 503,
    meaning: 'Too many sockets are being opened at once.',
    remedy: 'Try again in a moment.',
  },
  'gate.cross_site': {
    status: 403,
    meaning: 'A page of another site, or of another port of this machine, made the request.',
    remedy: 'Open The Maestro itself and act there.',
  },
  'gate.headers_too_large': {
    status: 431,
    meaning: 'The headers of the request are too large.',
    remedy: 'Send fewer or shorter headers.',
  },
  'gate.host_not_allowed': {
    status: 403,
    meaning: 'The Host header names none of the names of this server.',
    remedy: 'Use the address the server printed at its start.',
  },
  'gate.malformed': {
    status: 400,
    meaning: 'The request does not follow HTTP/1.1, or could be read in two ways.',
    remedy: 'Send one Host and one of each other header, and a path as the target.',
  },
  'gate.media_type': {
    status: 415,
    meaning: 'The body has a type that is not taken here.',
    remedy: 'Send application/json; for blobs application/octet-stream.',
  },
  'gate.method_not_allowed': {
    status: 405,
    meaning: 'The method is not used at this path.',
    remedy: 'Use one of the methods the Allow header names.',
  },
  'gate.not_found': {
    status: 404,
    meaning: 'There is nothing at this path.',
    remedy: 'See /api/v1/openapi.json for what there is.',
  },
  'gate.origin_not_allowed': {
    status: 403,
    meaning: 'The Origin header names another site, or is missing where it is needed.',
    remedy: 'Open The Maestro at the address the server printed.',
  },
  'gate.timeout': {
    status: 408,
    meaning: 'The request took too long to arrive.',
    remedy: 'Send it again; check the connection if it repeats.',
  },
  'gate.token_in_url': {
    status: 400,
    meaning: 'A token, ticket or code stands in the URL, where it would be logged.',
    remedy: 'Send it in the Authorization header; revoke it if others may have seen it.',
  },
  'gate.too_large': {
    status: 413,
    meaning: 'The body or text is larger than is taken here.',
    remedy: 'Make it smaller; put long texts into a file and name the file.',
  },
  'gate.too_many_attempts': {
    status: 429,
    meaning: 'Too many wrong tokens came over one connection.',
    remedy: 'Wait a minute, or open another connection with the right token.',
  },
  'gate.unauthorized': {
    status: 401,
    meaning: 'The token is missing, wrong, revoked, or was not used for too long.',
    remedy: 'Sign in again with `maestro open`, or make a token with `maestro token create`.',
  },
  'history.broken': {
    status: 500,
    meaning: 'The stored history of a conversation breaks the rules every provider has, so it is not sent.',
    remedy: 'Start a new conversation and report this; it is a fault of The Maestro.',
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
  'pages.missing': {
    status: 404,
    meaning: 'The pages of the web interface are not built here.',
    remedy: 'Run `npm start` in the repository.',
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
  'provider.broken': {
    status: 502,
    meaning: 'A provider plugin failed in a way a plugin must not.',
    remedy: 'Retry; if it repeats, report it to the author of the plugin.',
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
  'provider.sent_twice': {
    status: 500,
    meaning: 'A provider plugin tried to send two requests for one reply.',
    remedy: 'Report it to the author of the plugin.',
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
  'queue.unknown': {
    status: 404,
    meaning: 'The message does not wait in this session (any more).',
    remedy: 'Nothing; it was taken, or removed, before.',
  },
  'request.aborted': {
    status: 400,
    meaning: 'The body ended before its end.',
    remedy: 'Send the request again.',
  },
  'request.invalid': {
    status: 400,
    meaning: 'Fields of the body or query are missing, unknown or of the wrong kind; the message names each.',
    remedy: 'Mend the fields named; the schemas stand in /api/v1/openapi.json.',
  },
  'request.json': {
    status: 400,
    meaning: 'The body is not JSON in UTF-8.',
    remedy: 'Send valid JSON.',
  },
  'server.absent': {
    status: 500,
    meaning: 'No server answers, and the command needs one.',
    remedy: 'Start one with `maestro start`, or mend MAESTRO_URL.',
  },
  'server.answer': {
    status: 500,
    meaning: "The answer is not one of The Maestro's: something else stands in between, or listens there.",
    remedy: 'Check the address, and the proxy in front if there is one.',
  },
  'server.bind_refused': {
    status: 500,
    meaning: 'The server would listen where others can reach it unprotected, or the address does not exist here.',
    remedy: 'Use 127.0.0.1, or put a proxy with TLS in front and name its hosts.',
  },
  'server.closing': {
    status: 503,
    meaning: 'The server is stopping and takes no new work.',
    remedy: 'Send it again once the server runs.',
  },
  'server.internal': {
    status: 500,
    meaning: 'Something went wrong in the server that it did not foresee.',
    remedy: 'Look up the correlation id in logs/maestro.log and report it.',
  },
  'server.port_taken': {
    status: 500,
    meaning: 'Another program uses the port.',
    remedy: 'Stop it, or choose another port with `--port`; 0 takes a free one.',
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
  'server.unreachable': {
    status: 500,
    meaning: 'A client got no answer from the server.',
    remedy: 'Start it with `maestro start`, or mend the network.',
  },
  'session.busy': {
    status: 409,
    meaning: 'The session is answering, or messages wait in it.',
    remedy: 'Stop it, or wait until it is done.',
  },
  'session.credential_unknown': {
    status: 422,
    meaning: 'The credential a session is to use does not exist or belongs to another provider.',
    remedy: 'List them with `maestro auth list`, or leave the field out.',
  },
  'session.directory_unreadable': {
    status: 422,
    meaning: 'The working directory of a session does not exist, is no directory, or cannot be read.',
    remedy: 'Choose an existing directory you may read.',
  },
  'session.model_missing': {
    status: 422,
    meaning: 'No model was named and the provider lists none.',
    remedy: 'Name the model to use.',
  },
  'session.provider_not_ready': {
    status: 422,
    meaning: 'The provider needs a key and there is none.',
    remedy: 'Save one with `maestro auth login PROVIDER`, or set its environment variable.',
  },
  'session.provider_unknown': {
    status: 422,
    meaning: 'No loaded plugin gives a provider of this id.',
    remedy: 'Use one of those the message names; see `maestro plugin list`.',
  },
  'session.template_unknown': {
    status: 422,
    meaning: 'There is no template of this name.',
    remedy: 'Leave the template out.',
  },
  'session.unknown': {
    status: 404,
    meaning: 'There is no session of this id.',
    remedy: 'List the sessions; it may have been removed.',
  },
  'socket.closed': {
    status: 500,
    meaning: "A client's connection is closed for good: by itself, or because its token is no longer good.",
    remedy: 'Sign in again, or connect again.',
  },
  'socket.refused': {
    status: 500,
    meaning: "The server refused a client's socket.",
    remedy: 'Sign in again; `maestro token list` shows who may come in.',
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
  'tool.output': {
    status: 500,
    meaning: 'A tool gave something that is no tool output.',
    remedy: 'Report it to the author of the plugin.',
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
  'topic.unknown': {
    status: 404,
    meaning: 'There is no topic of this name on the socket.',
    remedy: 'Use sessions, system, session:ID or tui:ID.',
  },
  'turn.attempts': {
    status: 500,
    meaning: 'No answer came in several attempts, and the server stopped during the last.',
    remedy: 'Find out from the log why it stops, then retry.',
  },
  'turn.cancelled': {
    status: 409,
    meaning: 'The turn was stopped by a person.',
    remedy: 'Nothing; send another message.',
  },
  'turn.interrupted': {
    status: 409,
    meaning: 'The server stopped while tools ran, and nobody knows whether they took effect.',
    remedy: 'Check what they did, then retry to let the agent go on.',
  },
  'turn.nothing_to_retry': {
    status: 409,
    meaning: 'The last turn neither failed nor waits for a decision.',
    remedy: 'Send a message instead.',
  },
  'turn.parked': {
    status: 409,
    meaning: 'The server stopped several times in a row during one turn, so it was set aside.',
    remedy: 'Find out from the log why it stops, then retry.',
  },
  'turn.tool_limit': {
    status: 409,
    meaning: 'The model called more tools in one turn than allowed.',
    remedy: 'Retry to let it go on, or raise `limits.toolCallsPerTurn`.',
  },
};
