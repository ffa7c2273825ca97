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
  'agent.unknown': {
    status: 404,
    meaning: 'A model called an agent that is not there.',
    remedy: 'Nothing; it is told which there are. List them with `maestro template list`.',
  },
  'approval.bad_answer': {
    status: 400,
    meaning: 'The answer does not fit what was asked.',
    remedy: 'Give what the message names; `GET /api/v1/approvals` shows the request.',
  },
  'approval.closed': {
    status: 409,
    meaning: 'The request was answered before, or the turn that asked was stopped.',
    remedy: 'Nothing; what came of it stands in the request.',
  },
  'approval.rule_unknown': {
    status: 404,
    meaning: 'There is no rule of this id.',
    remedy: 'List them with `maestro approval rule list`.',
  },
  'approval.unknown': {
    status: 404,
    meaning: 'There is no request of this id.',
    remedy: 'List what waits with `maestro approval list`.',
  },
  'attachment.too_large': {
    status: 413,
    meaning: 'An attached image or file, or all of a message together, is more than the provider of the session takes.',
    remedy: 'Make it smaller, send it in several messages, or choose another provider.',
  },
  'attachment.too_many': {
    status: 413,
    meaning: 'A message has more images than the provider of the session takes at once.',
    remedy: 'Send them in several messages.',
  },
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
  'budget.exists': {
    status: 409,
    meaning: 'There is such a budget already.',
    remedy: 'Change or remove it; `maestro budget` lists them.',
  },
  'budget.stopped': {
    status: 409,
    meaning: 'A budget is used up and the turn was not to go on.',
    remedy: 'Raise it with `maestro budget set` or in `maestro.yaml`, then retry; retrying alone asks again.',
  },
  'budget.unknown': {
    status: 404,
    meaning: 'There is no budget of this id.',
    remedy: 'List them with `maestro budget`; those of the configuration are changed in `maestro.yaml`.',
  },
  'budget.unpriced': {
    status: 409,
    meaning: 'A budget counts, but the price of the model is not known, so its calls are not counted.',
    remedy: 'Set `price` for the model under `models` in `maestro.yaml`.',
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
  'code.bad_syntax': {
    status: 409,
    meaning: 'An edit of code would bring syntax errors; the file is as it was.',
    remedy: 'Mend the change at the lines the message names; a plain edit is not checked.',
  },
  'code.no_program': {
    status: 409,
    meaning: 'There is no program that searches by syntax for this kind of machine.',
    remedy: 'Install ast-grep and name its path under `astGrep` in the settings of the plugin.',
  },
  'code.unknown_language': {
    status: 400,
    meaning: 'A tool for code was given a language that it does not know.',
    remedy: 'Use one that the message names.',
  },
  'compaction.nothing': {
    status: 409,
    meaning: 'There is nothing in the conversation yet that could be summed up.',
    remedy: 'Go on with the conversation.',
  },
  'compaction.too_long': {
    status: 409,
    meaning: 'Without this compaction the conversation would not fit the window of the model.',
    remedy: 'Undo a later one only, or choose a model with a larger window first.',
  },
  'compaction.unknown': {
    status: 404,
    meaning: 'The session has no such compaction, or it was undone before.',
    remedy: 'List them with `maestro session compactions SESSION`.',
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
  'config.unwritable': {
    status: 500,
    meaning: 'maestro.yaml cannot be written.',
    remedy: 'Give the user that runs the server the right to write it, and change it again.',
  },
  'context.full': {
    status: 409,
    meaning: 'The request is larger than the window of the model, whatever is left out of it.',
    remedy: 'Send less at once, switch tools or servers off, or choose a model with a larger window.',
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
  'credential.refused': {
    status: 422,
    meaning: 'The provider does not take this key or sign-in, so it was not saved.',
    remedy: 'Read what the provider says; check the key and the account it belongs to.',
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
  'exec.no_interpreter': {
    status: 400,
    meaning: 'The program that runs this language is not installed on the machine of the server.',
    remedy: 'Install the package the message names, or set another program in `languages` of the plugin.',
  },
  'exec.unknown_language': {
    status: 400,
    meaning: 'Code is to be run in a language that is not set up.',
    remedy: 'Use one the message names, or add it to `languages` of the plugin.',
  },
  'exec.unknown_process': {
    status: 404,
    meaning: 'The session has no background process of this number.',
    remedy: 'List them; they end with the server, and only the latest of those that ended are kept.',
  },
  'fence.lost': {
    status: 409,
    meaning: 'A process wrote to a conversation that another process owns by now, or that was removed.',
    remedy:
      'Nothing: the new owner goes on. Should it repeat, see that every server has a clock and network that work.',
  },
  'fidelity.captures': {
    status: 500,
    meaning: 'The folder of captures cannot be read, or holds none.',
    remedy: 'Name a folder that holds captures with --captures, or leave the flag out for those that ship.',
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
  'key.sources_disagree': {
    status: 500,
    meaning: 'Two sources of the master key hold different keys.',
    remedy: 'Keep the right one and remove the other; the message names both.',
  },
  'key.unrotatable': {
    status: 409,
    meaning: 'The master key cannot be rotated here.',
    remedy: 'Do what the message says; nothing was changed.',
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
  'lsp.bad_answer': {
    status: 502,
    meaning: 'A language server answered with something that is no answer to the question.',
    remedy: 'Update the server, or look by syntax, which needs none.',
  },
  'lsp.none': {
    status: 409,
    meaning: 'There is no language server for this language on the machine of the server.',
    remedy: 'Install the one that the message names, or name one under `servers` in the settings of the plugin.',
  },
  'lsp.refused': {
    status: 502,
    meaning: 'A language server cannot do this, or says that it failed.',
    remedy: 'Read its reason in the message; searches by syntax work without a server.',
  },
  'lsp.timeout': {
    status: 504,
    meaning: 'A language server did not start or answer in time.',
    remedy:
      'Try again, for a large project is read at first; or raise `startSeconds` or `requestSeconds` in the settings of the plugin.',
  },
  'lsp.unavailable': {
    status: 503,
    meaning: 'A language server ended, wrote what is no message, or is waited for after a failure.',
    remedy: 'Its last words stand in the message; it is started again when it is asked after the time named there.',
  },
  'lsp.untrusted': {
    status: 403,
    meaning: 'The language server that is installed runs programs of the project it looks at.',
    remedy: 'Set `trustsProjects: true` in the settings of the plugin where you trust your projects.',
  },
  'mcp.config': {
    status: 422,
    meaning: 'A configuration file holds no MCP servers, or cannot be read.',
    remedy: 'Give a file with "mcpServers", "servers" or "mcp_servers"; the message names the line.',
  },
  'mcp.exists': {
    status: 409,
    meaning: 'There is an MCP server of this name already.',
    remedy: 'Choose another name, or remove that one.',
  },
  'mcp.failed': {
    status: 502,
    meaning: 'An MCP server answered with an error, or with something that is no answer.',
    remedy: 'Read the message; the log has what the server wrote.',
  },
  'mcp.invalid': {
    status: 422,
    meaning: 'An MCP server cannot be saved like this; the message says why.',
    remedy: 'Give a command for stdio, or a url for http and sse.',
  },
  'mcp.login': {
    status: 409,
    meaning: 'Signing in to an MCP server cannot begin or did not end well.',
    remedy: 'Read the message, then try `maestro mcp login NAME` again.',
  },
  'mcp.needs_login': {
    status: 409,
    meaning: 'An MCP server wants you to sign in, or to sign in anew.',
    remedy: 'Sign in with `maestro mcp login NAME`.',
  },
  'mcp.off': {
    status: 503,
    meaning: 'No plugin that connects to MCP servers is loaded.',
    remedy: 'Turn it on under `plugins` in maestro.yaml.',
  },
  'mcp.timeout': {
    status: 504,
    meaning: 'An MCP server did not answer in time.',
    remedy: 'Try again, or raise `timeout_ms` in its settings.',
  },
  'mcp.too_large': {
    status: 502,
    meaning: 'An MCP server sent more than is taken from one.',
    remedy: 'Ask for less at once.',
  },
  'mcp.unavailable': {
    status: 503,
    meaning: 'An MCP server is not connected now.',
    remedy: 'See why with `maestro mcp list`; connecting is tried again by itself.',
  },
  'mcp.unknown': {
    status: 404,
    meaning: 'There is no MCP server, tool or prompt of this name.',
    remedy: 'List the servers with `maestro mcp list`.',
  },
  'message.unknown': {
    status: 404,
    meaning: 'The current conversation of the session has no message of this id.',
    remedy: 'List its messages; a new conversation may have begun.',
  },
  'pages.missing': {
    status: 404,
    meaning: 'The pages of the web interface are not built here.',
    remedy: 'Run `npm start` in the repository.',
  },
  'panel.action_unknown': {
    status: 404,
    meaning: 'A panel has no action of this name.',
    remedy: 'Use one the message names; the plugin may have been changed since the page was drawn.',
  },
  'panel.closed': {
    status: 409,
    meaning: 'A panel was told to end because nobody looks at it any more.',
    remedy: 'Nothing; it begins anew when somebody looks.',
  },
  'panel.failed': {
    status: 502,
    meaning: 'A panel, or one of its actions, threw.',
    remedy: 'Restart it; the log of the plugin says more. If it repeats, tell the author of the plugin.',
  },
  'panel.large': {
    status: 502,
    meaning: 'A panel shows more than 64 KB, also with what can be thinned left out.',
    remedy: 'Tell the author of the plugin.',
  },
  'panel.session': {
    status: 400,
    meaning: 'A panel that stands beside a session was asked for without one, or the other way round.',
    remedy: 'Give `session_id` for panels of the slot `session`, and for no others.',
  },
  'panel.slow': {
    status: 504,
    meaning: 'A panel showed nothing, or an action did not end, within its time limit.',
    remedy: 'Restart it; check what the plugin waits for.',
  },
  'panel.unknown': {
    status: 404,
    meaning: 'There is no panel of this id.',
    remedy: 'List them with `GET /api/v1/panels`; its plugin may be off.',
  },
  'panel.view': {
    status: 502,
    meaning: 'What a panel gave is no view.',
    remedy: 'Tell the author of the plugin; the message names the place that does not fit.',
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
  'plugin.fixed': {
    status: 409,
    meaning: 'A setting of a plugin is given by something that counts above maestro.yaml.',
    remedy: 'Change it in the place the message names.',
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
  'plugin.off': {
    status: 409,
    meaning: 'Settings were given for a plugin that is off.',
    remedy: 'Give `enabled: true` with them.',
  },
  'plugin.shape': {
    status: 500,
    meaning: 'A package is installed, but its default export is no plugin.',
    remedy: 'Export `definePlugin({ name, activate })` as default, with the name of the package.',
  },
  'plugin.slow': {
    status: 500,
    meaning: 'A plugin did not finish starting, or stopping, within its time limit.',
    remedy: 'Check what it waits for; everything else runs without it.',
  },
  'plugin.unknown': {
    status: 404,
    meaning: 'The configuration names no plugin of this name.',
    remedy: 'List them with `maestro plugin list`.',
  },
  'plugin.unloaded': {
    status: 409,
    meaning: 'A plugin tried to act after it was unloaded.',
    remedy: 'Nothing; if it repeats, tell the author of the plugin.',
  },
  'process.closed': {
    status: 503,
    meaning: 'A program was to be started while the server was stopping.',
    remedy: 'Start the server again.',
  },
  'process.limit': {
    status: 429,
    meaning: 'A session, or all of them together, runs as many programs as may run at the same time.',
    remedy: 'End some: background processes can be listed and killed.',
  },
  'process.no_directory': {
    status: 400,
    meaning: 'A program was to be started in a directory that does not exist.',
    remedy: 'Create the directory, or choose another.',
  },
  'process.not_started': {
    status: 400,
    meaning: 'There is no such program, or the system does not let it run.',
    remedy: 'Install the program, or give its full path.',
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
  'provider.no_search': {
    status: 400,
    meaning: 'The provider does not search the web for its models.',
    remedy: 'Use a session of a provider that does, or set `searchWith` of the plugin tools-web.',
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
    meaning: 'The request does not fit the window of the model, even after a compaction.',
    remedy: 'Send less at once, start a new conversation, or choose a model with a larger window.',
  },
  'provider.unavailable': {
    status: 502,
    meaning: 'The provider cannot answer now: it broke or is down.',
    remedy: 'Retry later, or choose another model; with `on_limit: switch` a session does so by itself.',
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
    remedy: 'Leave the template out, or list those there are with `maestro template list`.',
  },
  'session.unknown': {
    status: 404,
    meaning: 'There is no session of this id.',
    remedy: 'List the sessions; it may have been removed.',
  },
  'sign_in.code_invalid': {
    status: 422,
    meaning: 'What was pasted holds no code.',
    remedy: 'Paste the code the page shows, or the whole address the browser ended at.',
  },
  'sign_in.denied': {
    status: 403,
    meaning: 'The provider says that access was not given.',
    remedy: 'Begin again and allow it, with the account that may.',
  },
  'sign_in.interrupted': {
    status: 409,
    meaning: 'The sign-in was cancelled, or made room for a newer one.',
    remedy: 'Begin again.',
  },
  'sign_in.over': {
    status: 409,
    meaning: 'The sign-in has its answer already, or its time is over.',
    remedy: 'Look at what came of it, or begin again.',
  },
  'sign_in.port': {
    status: 409,
    meaning: "No port is free for the browser's answer.",
    remedy: 'Free one of the ports the message names, or sign in with a pasted code.',
  },
  'sign_in.setting_missing': {
    status: 409,
    meaning: 'A setting that this way to sign in needs is empty.',
    remedy: 'Fill the setting the message names in maestro.yaml and start the server again.',
  },
  'sign_in.state': {
    status: 422,
    meaning: 'A pasted code belongs to another sign-in.',
    remedy: 'Use the code that this sign-in led to, or begin again.',
  },
  'sign_in.unknown': {
    status: 404,
    meaning: 'There is no such sign-in on its way, or it is long over.',
    remedy: 'Begin again.',
  },
  'sign_in.way_unknown': {
    status: 422,
    meaning: 'The method has no such way to sign in.',
    remedy: 'Use one of the ways the message names.',
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
  'template.exists': {
    status: 409,
    meaning: 'There is a template of this name already.',
    remedy: 'Change that one, or choose another name.',
  },
  'template.file': {
    status: 422,
    meaning: 'An agent file does not say what it must.',
    remedy: 'Mend the line that the message names.',
  },
  'template.is_file': {
    status: 409,
    meaning: 'The template is a file in the folder `agents` of MAESTRO_HOME.',
    remedy: 'Change or remove the file; it is read again by itself.',
  },
  'template.unknown': {
    status: 404,
    meaning: 'There is no template of this name or id.',
    remedy: 'List them with `maestro template list`.',
  },
  'token.unknown': {
    status: 404,
    meaning: 'There is no token of this id, or it is revoked already.',
    remedy: 'List them with `GET /api/v1/tokens`.',
  },
  'tool.bad_patch': {
    status: 400,
    meaning: 'A patch is no unified diff of one file.',
    remedy: 'Give one unified diff for each file.',
  },
  'tool.bad_path': {
    status: 400,
    meaning: 'A tool was given a path that cannot be one.',
    remedy: 'The agent names another path; nothing was changed.',
  },
  'tool.bad_pattern': {
    status: 400,
    meaning: 'A tool was given a glob or regular expression that cannot be one.',
    remedy: 'Mend the pattern as the message says, or search for plain text.',
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
  'tool.cycle': {
    status: 400,
    meaning: 'A task of the tracker would wait for itself.',
    remedy: 'The agent removes one of the dependencies the message names; nothing was changed.',
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
  'tool.encoding': {
    status: 400,
    meaning: 'A text has characters that the encoding of the file lacks.',
    remedy: 'Leave them out, or write the whole file anew.',
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
  'tool.patch_unfit': {
    status: 409,
    meaning: 'A hunk of a patch does not fit the file; nothing was written.',
    remedy: 'Read the file at the place the message names, and make the patch anew.',
  },
  'tool.stale': {
    status: 409,
    meaning: 'The file was changed by someone else between reading and writing.',
    remedy: 'Read it again, then edit.',
  },
  'tool.state_too_large': {
    status: 413,
    meaning: 'A tool wants to remember more than 1 MiB under one key.',
    remedy: 'Report it to the author of its plugin; the model is told to keep less.',
  },
  'tool.too_large': {
    status: 413,
    meaning: 'The file is larger than this tool holds in memory.',
    remedy: 'Work on a range of it.',
  },
  'tool.unavailable': {
    status: 409,
    meaning: 'A tool asks something of the platform that is not there where it runs.',
    remedy: 'Run it in a session; a suite of tests gives what it needs with `toolCall`.',
  },
  'tool.unknown': {
    status: 404,
    meaning: 'There is no tool of this name.',
    remedy: 'List them with `GET /api/v1/tools`; a plugin may be off.',
  },
  'tool.unread': {
    status: 409,
    meaning: 'A file that exists would be overwritten by a session that has not read it.',
    remedy: 'Read it, then write it.',
  },
  'topic.unknown': {
    status: 404,
    meaning: 'There is no topic of this name on the socket.',
    remedy: 'Use sessions, system, settings, session:ID or tui:ID.',
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
  'turn.repeats': {
    status: 409,
    meaning: 'The model made the same call over and over in one turn, and was not to go on.',
    remedy: 'Tell it what to do instead, retry to be asked again, or raise `limits.sameCallsPerTurn`.',
  },
  'turn.tool_limit': {
    status: 409,
    meaning: 'The model called more tools in one turn than allowed, and was not to go on.',
    remedy: 'Retry to be asked again, or raise `limits.toolCallsPerTurn`.',
  },
  'web.bad_address': {
    status: 400,
    meaning: 'What should be fetched is no address of a page: not http or https, or with a name and password in it.',
    remedy: 'Give the address as a browser shows it.',
  },
  'web.moved': {
    status: 409,
    meaning: 'The page leads to another site, which was not asked: rules of a person may say something of that one.',
    remedy: 'Fetch the address the message names.',
  },
  'web.private': {
    status: 403,
    meaning: 'The address is not on the public internet: this machine, its network, or a service of its cloud.',
    remedy: 'For a server of your own, name its host in `allowHosts` of the plugin tools-web.',
  },
  'web.status': {
    status: 502,
    meaning: 'The server of the page answered with an error.',
    remedy: 'Look at the status; check the address, or try later.',
  },
  'web.unreachable': {
    status: 502,
    meaning: 'No complete answer came from the page in time.',
    remedy: 'Check the address; try again, with a longer `timeout` where the page is slow.',
  },
  'web.unreadable': {
    status: 415,
    meaning: 'What was fetched is nothing a model can read, or could not be made readable within the limits.',
    remedy: 'Fetch its source (format `html`), or something else.',
  },
};
