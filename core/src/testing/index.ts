/** For the tests of plugins and of the platform itself. Uses mocha's globals; PostgreSQL is real. */
export * from './database.js';
export * from './provider-suite.js';
export * from './scripted-provider.js';
export * from './start.js';
export * from './tool-call.js';
export * from './tool-suite.js';
