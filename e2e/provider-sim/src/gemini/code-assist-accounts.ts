import { type Answer, Refusal, type SimRequest } from '../wire-format.js';
import { readBody } from './body.js';
import { refuse } from './errors.js';
import type { GoogleAccount } from './google-account.js';
import { GEMINI_MODELS } from './models.js';
import type { Message } from './proto.js';

const PACKAGE = 'google.internal.cloud.code.v1internal';

const METADATA: Message = {
  type: `${PACKAGE}.ClientMetadata`,
  fields: {
    ideType: enumOf('IDE_UNSPECIFIED', 'VSCODE', 'INTELLIJ', 'CLOUD_SHELL', 'GEMINI_CLI'),
    ideName: 'string',
    ideVersion: 'string',
    pluginVersion: 'string',
    platform: enumOf(
      'PLATFORM_UNSPECIFIED',
      'DARWIN_AMD64',
      'DARWIN_ARM64',
      'LINUX_AMD64',
      'LINUX_ARM64',
      'WINDOWS_AMD64',
    ),
    updateChannel: 'string',
    duetProject: 'string',
    pluginType: enumOf('PLUGIN_UNSPECIFIED', 'CLOUD_CODE', 'GEMINI', 'AIPLUGIN_INTELLIJ', 'AIPLUGIN_STUDIO'),
  },
};

function enumOf(...values: string[]) {
  return { enum: `${PACKAGE}.ClientMetadata`, values };
}

const request = (name: string, fields: Message['fields']): Message => ({ type: `${PACKAGE}.${name}`, fields });
const metadata = { one: () => METADATA };

const LOAD = request('LoadCodeAssistRequest', { cloudaicompanionProject: 'string', metadata, mode: 'string' });
const ONBOARD = request('OnboardUserRequest', { tierId: 'string', cloudaicompanionProject: 'string', metadata });
const QUOTA = request('RetrieveUserQuotaRequest', { project: 'string', userAgent: 'string' });
const EXPERIMENTS = request('ListExperimentsRequest', { project: 'string', metadata });
const METRICS = request('RecordCodeAssistMetricsRequest', {
  project: 'string',
  requestId: 'string',
  metadata,
  metrics: 'any',
});

const FREE = {
  id: 'free-tier',
  name: 'Gemini Code Assist for individuals',
  description: 'Gemini-powered code suggestions and chat in multiple IDEs',
  privacyNotice: { showNotice: true },
};
const STANDARD = {
  id: 'standard-tier',
  name: 'Gemini Code Assist',
  description: 'Unlimited coding assistant with the most powerful Gemini models',
  userDefinedCloudaicompanionProject: true,
  privacyNotice: {},
};

/** What private accounts are told since June 2026. Source: answers quoted in issues of google-gemini/gemini-cli. */
const INELIGIBLE = {
  reasonCode: 'UNSUPPORTED_CLIENT',
  reasonMessage:
    'This client is no longer supported for Gemini Code Assist for individuals. To continue using Gemini, please migrate to the Antigravity suite of products: https://antigravity.google',
  tierId: FREE.id,
  tierName: FREE.name,
};

interface Onboarding {
  tier: 'free-tier' | 'standard-tier';
  project: string | undefined;
  looks: number;
}

/** Tiers, onboarding, quota: who may use Code Assist and with which project. */
export class CodeAssistAccounts {
  readonly #onboardings = new Map<string, Onboarding>();

  constructor(private readonly account: GoogleAccount) {}

  answer(method: string | undefined, { body }: SimRequest): Answer {
    if (method === 'loadCodeAssist') return this.#load(readBody(body, LOAD));
    if (method === 'onboardUser') return this.#onboard(readBody(body, ONBOARD));
    if (method === 'retrieveUserQuota') return this.#quota(readBody(body, QUOTA));
    if (method === 'listExperiments') {
      readBody(body, EXPERIMENTS);
      return { status: 200, json: { experimentIds: [], flags: [] } };
    }
    if (method === 'recordCodeAssistMetrics') {
      readBody(body, METRICS);
      return { status: 200, json: {} };
    }
    throw new Refusal(404, 'NOT_FOUND', 'Requested entity was not found.');
  }

  operation(path: string): Answer {
    const name = path.slice('/v1internal/'.length);
    const onboarding = this.#onboardings.get(name);
    if (!onboarding) throw new Refusal(404, 'NOT_FOUND', 'Requested entity was not found.');
    onboarding.looks -= 1;
    if (onboarding.looks > 0) return { status: 200, json: { name } };
    return { status: 200, json: this.#done(name, onboarding) };
  }

  /** @throws Refusal unless the account may use that project */
  checkProject(project: string | undefined): void {
    const { tier, project: managed } = this.account;
    const isOwn = tier === 'standard-tier' ? Boolean(project) : tier !== null && project === managed;
    if (!isOwn) throw new Refusal(403, 'PERMISSION_DENIED', `Permission denied on resource project ${project ?? ''}.`);
  }

  #load({ cloudaicompanionProject }: { cloudaicompanionProject?: string }): Answer {
    const { tier, project, isIneligible } = this.account;
    if (isIneligible)
      return {
        status: 200,
        json: { allowedTiers: [{ ...STANDARD, isDefault: true }], ineligibleTiers: [INELIGIBLE], gcpManaged: false },
      };
    const allowedTiers = [{ ...FREE, isDefault: true }, STANDARD];
    if (tier === null) return { status: 200, json: { allowedTiers, gcpManaged: false } };
    if (tier === 'free-tier')
      return { status: 200, json: { currentTier: FREE, allowedTiers, cloudaicompanionProject: project } };
    const own = cloudaicompanionProject && { cloudaicompanionProject };
    return { status: 200, json: { currentTier: STANDARD, allowedTiers, ...own } };
  }

  #onboard(asked: { tierId?: string; cloudaicompanionProject?: string }): Answer {
    const { tierId, cloudaicompanionProject: project } = asked;
    const { isIneligible, onboardingLooks } = this.account;
    if (tierId !== FREE.id && tierId !== STANDARD.id) refuse('Request contains an invalid argument.');
    if (tierId === FREE.id && project !== undefined)
      throw new Refusal(400, 'FAILED_PRECONDITION', 'Precondition check failed.');
    if (tierId === FREE.id && isIneligible) throw new Refusal(403, 'PERMISSION_DENIED', INELIGIBLE.reasonMessage);
    const name = `operations/onboard-${this.#onboardings.size + 1}`;
    const onboarding: Onboarding = { tier: tierId as Onboarding['tier'], project, looks: onboardingLooks };
    this.#onboardings.set(name, onboarding);
    return { status: 200, json: onboardingLooks > 0 ? { name } : this.#done(name, onboarding) };
  }

  /** A tier that needs a project of one's own and got none ends without one, which clients take for a refusal. */
  #done(name: string, { tier, project }: Onboarding) {
    const account = this.account;
    const id = tier === FREE.id ? account.project : project;
    if (id !== undefined) account.tier = tier;
    const given = id === undefined ? {} : { cloudaicompanionProject: { id, name: id, projectNumber: '1' } };
    const type = `type.googleapis.com/${PACKAGE}.OnboardUserResponse`;
    return { name, done: true, response: { '@type': type, ...given } };
  }

  #quota({ project }: { project?: string }): Answer {
    this.checkProject(project);
    const models = GEMINI_MODELS.filter(({ methods }) => methods.includes('generateContent'));
    const buckets = models.map(({ id }) => ({
      resetTime: '2030-01-01T00:00:00Z',
      tokenType: 'REQUESTS',
      modelId: id,
      remainingFraction: 0.75,
    }));
    return { status: 200, json: { buckets } };
  }
}
