import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError, type Secret, type SendOnce, type WireProfile } from '@maestro/core';
import { ifTold, jsonOf } from './answer.js';
import { assistCall, type Place } from './calls.js';
import { barred, failure } from './errors.js';
import type { CodeAssistSet } from './profiles/profile-set.js';
import type { Fields } from './request.js';
import { brief, listIn, objectIn, textIn } from './status.js';

export const FREE_TIER = 'free-tier';
const LEGACY_TIER = 'legacy-tier';

/** What Code Assist wants to know of who calls. */
const METADATA = { ideType: 'IDE_UNSPECIFIED', platform: 'PLATFORM_UNSPECIFIED', pluginType: 'GEMINI' };

export interface CodeAssistOptions {
  place: Place;
  set: CodeAssistSet;
  /** The project of the settings, which counts above Google's. */
  project: string | undefined;
  /** Between two questions whether an account is set up. */
  pollMs?: number;
}

/** The reference asks every five seconds, and no account of ours is worth more than this. */
const POLL_MS = 5000;
const MOST_POLLS = 24;

export interface Account {
  /** Undefined where Google does not want one named. */
  project: string | undefined;
  note: string | undefined;
}

/** Whether an account may use Code Assist, and with which project. */
export class CodeAssist {
  constructor(
    private readonly options: CodeAssistOptions,
    private readonly token: Secret,
    private readonly send: SendOnce,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Finds the account's project; a new account is set up first.
   *
   * @throws ProviderError `refused`, for good, for an account that is not served
   */
  async open(): Promise<Account> {
    const loaded = await this.#load();
    const current = objectIn(loaded, 'currentTier');
    if (!current) return this.#withNote(await this.#onboard(loaded), tierOf(loaded));
    const project = projectIn(loaded) ?? this.options.project;
    if (!project) throw notServed(loaded);
    return this.#withNote(this.options.project ?? project, current);
  }

  /** As `open`, without setting anything up. `known`: the project that was found then. */
  async check(known: string | undefined): Promise<Account> {
    const loaded = await this.#load();
    const current = objectIn(loaded, 'currentTier');
    if (!current && listIn(loaded, 'ineligibleTiers').length > 0) throw notServed(loaded);
    return this.#withNote(this.options.project ?? projectIn(loaded) ?? known, current);
  }

  #load(): Promise<Fields> {
    const { set, project } = this.options;
    return this.#call(set.loadCodeAssist, loadFields(project));
  }

  async #onboard(loaded: Fields): Promise<string | undefined> {
    const tier = tierOf(loaded);
    const tierId = textIn(tier, 'id') ?? LEGACY_TIER;
    const barredTiers = listIn(loaded, 'ineligibleTiers');
    if (barredTiers.some((each) => textIn(each, 'tierId') === tierId) || (!tier && barredTiers.length > 0))
      throw notServed(loaded);
    // Named by a caller of the free tier, a project makes Google look for a license.
    const project = tierId === FREE_TIER ? undefined : this.options.project;
    const needsProject = tier?.userDefinedCloudaicompanionProject === true && tierId !== FREE_TIER;
    if (needsProject && !project) throw notServed(loaded);
    const operation = await this.#call(this.options.set.onboardUser, onboardFields(tierId, project));
    const done = await this.#finished(operation);
    const given = textIn(objectIn(objectIn(done, 'response'), 'cloudaicompanionProject'), 'id') ?? project;
    if (!given) throw notServed(loaded);
    return given;
  }

  /** An operation once it is done; until then it is asked for. */
  async #finished(operation: Fields): Promise<Fields> {
    const name = textIn(operation, 'name');
    let now = operation;
    for (let poll = 0; now.done !== true; poll += 1) {
      if (!name?.startsWith('operations/')) throw failure('malformed', 'set up the account without an end to wait for');
      if (poll === MOST_POLLS) throw failure('unavailable', 'did not finish setting up the account');
      await this.#wait();
      const call = { place: this.options.place, token: this.token, operation: name.slice('operations/'.length) };
      now = await jsonOf(await this.send(assistCall(this.options.set.getOperation, call)), [this.token]);
    }
    const error = objectIn(now, 'error');
    if (error) throw barred(brief(textIn(error, 'message') ?? 'it could not be set up'));
    return now;
  }

  async #wait(): Promise<void> {
    try {
      await sleep(this.options.pollMs ?? POLL_MS, undefined, { signal: this.signal });
    } catch (cause) {
      throw new ProviderError('interrupted', 'setting up the account was stopped; sign in anew', { cause });
    }
  }

  async #withNote(project: string | undefined, tier: Fields | undefined): Promise<Account> {
    const name = textIn(tier, 'name') ?? textIn(tier, 'id');
    const quota = project === undefined ? undefined : await this.#quota(project);
    const note = [name, quota].filter((words) => words !== undefined).join('; ');
    return { project, note: note || undefined };
  }

  /** The scarcest quota in words. */
  async #quota(project: string): Promise<string | undefined> {
    const answer = await ifTold(this.#call(this.options.set.retrieveUserQuota, { project }));
    return answer && quotaNote(answer);
  }

  async #call(profile: WireProfile, fields: Fields): Promise<Fields> {
    const prepared = assistCall(profile, { place: this.options.place, token: this.token, fields });
    return jsonOf(await this.send(prepared), [this.token]);
  }
}

const metadata = (project: string | undefined) => ({ ...METADATA, duetProject: project });

/** What asks for the tiers of an account. */
export const loadFields = (project: string | undefined): Fields => ({
  cloudaicompanionProject: project,
  metadata: metadata(project),
});

/** What sets an account up. */
export const onboardFields = (tierId: string, project: string | undefined): Fields => ({
  tierId,
  cloudaicompanionProject: project,
  metadata: metadata(project),
});

/** The tier a new account would get. */
function tierOf(loaded: Fields): Fields | undefined {
  const allowed = listIn(loaded, 'allowedTiers');
  return allowed.find(({ isDefault }) => isDefault === true) ?? allowed[0];
}

function projectIn(loaded: Fields): string | undefined {
  return textIn(loaded, 'cloudaicompanionProject') ?? textIn(objectIn(loaded, 'cloudaicompanionProject'), 'id');
}

/**
 * An account without a tier that would take it. Seen since 2026-06-18 for every private one: `UNSUPPORTED_CLIENT`,
 * "This client is no longer supported for Gemini Code Assist for individuals".
 */
function notServed(loaded: Fields): ProviderError {
  const reasons = listIn(loaded, 'ineligibleTiers').flatMap((tier) => {
    const url = textIn(tier, 'validationUrl');
    const words = textIn(tier, 'reasonMessage') ?? textIn(tier, 'reasonCode');
    return words ? [brief(url ? `${words} (${url})` : words)] : [];
  });
  if (reasons.length > 0) return barred(brief([...new Set(reasons)].join(' ')));
  const message =
    'Gemini Code Assist wants a Google Cloud project for this account; ' +
    'set plugins."@maestro/provider-gemini".project, or GOOGLE_CLOUD_PROJECT, and sign in anew';
  return new ProviderError('bad_request', message, { permanent: true });
}

function quotaNote(answer: Fields): string | undefined {
  const [scarcest] = listIn(answer, 'buckets')
    .filter(({ remainingFraction }) => typeof remainingFraction === 'number')
    .sort((a, b) => Number(a.remainingFraction) - Number(b.remainingFraction));
  if (!scarcest) return undefined;
  const model = textIn(scarcest, 'modelId') ?? 'all models';
  const until = textIn(scarcest, 'resetTime');
  const left = `${Math.round(Number(scarcest.remainingFraction) * 100)} % left for ${brief(model)}`;
  return until ? `${left} until ${brief(until)}` : left;
}

/** The project to name in a call: the settings, else what was found when signing in. */
export function projectOf(configured: string | undefined, found: Secret | undefined): string | undefined {
  return configured ?? (found?.use((value) => value) || undefined);
}
