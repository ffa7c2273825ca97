export * from './connection.js';
export * from './outbox.js';
export * from './rest.js';
export * from './rest-client.js';
export * from './rest-error.js';
export * from './session-store.js';
export * from './sessions-store.js';
export * from './socket.js';
