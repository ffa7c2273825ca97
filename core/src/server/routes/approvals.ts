import { Value } from 'typebox/value';
import {
  ApprovalAnswerBody,
  ApprovalRulePatchBody,
  ApprovalRulesQuery,
  ApprovalsQuery,
  NewApprovalRuleBody,
} from '../../protocol/api.js';
import type { ContentPart } from '../../protocol/messages.js';
import { type Route, route } from '../route.js';
import type { ServerServices } from '../services.js';

/** What waits for a person, and what people decided for good. */
export function approvalRoutes(services: ServerServices): Route[] {
  return [...requestRoutes(services), ...ruleRoutes(services)];
}

/** How long it may take to find out what a call would change. */
const PREVIEW_MS = 5_000;

function requestRoutes(services: ServerServices): Route[] {
  const { approvals, sessions, engine } = services;
  return [
    route({
      method: 'GET',
      path: '/approvals',
      summary: 'List requests that wait, or waited, for a person; with session_id also those of agents below it',
      query: ApprovalsQuery,
      handle: async ({ query }) => {
        if (query.session_id !== undefined) await sessions.get(query.session_id);
        return approvals.list(query);
      },
    }),
    route({
      method: 'GET',
      path: '/approvals/:id/preview',
      summary: 'What a call that waits for leave would change now, as far as its tool can tell; else nothing',
      handle: async ({ params }) => ({ content: await previewOf(params.id!, services) }),
    }),
    route({
      method: 'POST',
      path: '/approvals/:id',
      summary: 'Answer a request: leave to run a tool, or an answer to a question',
      body: ApprovalAnswerBody,
      handle: ({ params, body, identity }) => engine.answer(params.id!, body, identity.name),
    }),
  ];
}

async function previewOf(id: string, { approvals, sessions, registries, log }: ServerServices): Promise<ContentPart[]> {
  const { kind, tool, args, session_id } = await approvals.get(id);
  const found = kind === 'tool' && tool !== null ? registries.tools.find(tool) : undefined;
  if (!found?.preview || !Value.Check(found.parameters, args)) return [];
  const { working_directory: workingDirectory } = await sessions.get(session_id);
  try {
    return await found.preview(args as never, { workingDirectory, signal: AbortSignal.timeout(PREVIEW_MS) });
  } catch (cause) {
    // What does not fit will say so to the model when it runs; the person sees the arguments.
    log.debug('what a call would change cannot be told', { tool, cause });
    return [];
  }
}

function ruleRoutes({ approvalRules: rules }: ServerServices): Route[] {
  return [
    route({
      method: 'GET',
      path: '/approval-rules',
      summary: 'List rules on what may run; with session_id those that are its own and those for all',
      query: ApprovalRulesQuery,
      handle: ({ query }) => rules.list(query.session_id),
    }),
    route({
      method: 'POST',
      path: '/approval-rules',
      summary: 'Decide for good what may run, for one session or for all; it counts from the next call on',
      body: NewApprovalRuleBody,
      status: 201,
      handle: ({ body }) => {
        const { session_id = null, tool, pattern = null, decision } = body;
        return rules.add({ session_id, tool, pattern, decision });
      },
    }),
    route({
      method: 'PATCH',
      path: '/approval-rules/:id',
      summary: 'Change a rule',
      body: ApprovalRulePatchBody,
      handle: ({ params, body }) => rules.change(params.id!, body),
    }),
    route({
      method: 'DELETE',
      path: '/approval-rules/:id',
      summary: 'Delete a rule; it counts no more from the next call on',
      handle: async ({ params }) => {
        await rules.remove(params.id!);
      },
    }),
  ];
}
