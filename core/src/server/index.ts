export { createServer, MaestroServer, type ServerOptions } from './server.js';
export type { ServerServices, ServerSettings } from './services.js';
