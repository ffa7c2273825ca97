export { MODELS } from './anthropic/models.js';
export { contentOf } from './default-script.js';
export type { Fault, FaultOrder } from './faults.js';
export type { Recorded } from './recorder.js';
export type { ConversationRequest, Reply, Script, ScriptFunction, Step, Usage } from './reply.js';
export { ProviderSim, type SimOptions, startProviderSim } from './server.js';
