import type { GeminiConfig } from '../config.js';
import { geminiCliCodeAssist, geminiCliKey } from './gemini-cli.js';
import { llxprt09CodeAssist, llxprt09Key, llxprtKey } from './llxprt.js';
import type { CodeAssistSet, KeySet } from './profile-set.js';

export const keySets: Readonly<Record<GeminiConfig['wireProfile']['apiKey'], KeySet>> = {
  'gemini-cli': geminiCliKey,
  llxprt: llxprtKey,
  'llxprt-0.9': llxprt09Key,
};

export const codeAssistSets: Readonly<Record<GeminiConfig['wireProfile']['oauth'], CodeAssistSet>> = {
  'gemini-cli': geminiCliCodeAssist,
  'llxprt-0.9': llxprt09CodeAssist,
};
