export * from './events.js';
export * from './fold.js';
export * from './frames.js';
export * from './messages.js';
export * from './resources.js';
export * from './views.js';
