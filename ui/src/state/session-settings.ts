import { RestError } from '@maestro/core/client';
import type { CredentialResource, ModelResource, ProviderResource } from '@maestro/core/protocol';
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { app } from './app.js';

/** A change of what answers the next message. */
export interface ConfigChange {
  provider?: string;
  model?: string;
  credential_id?: string | null;
}

/** What a session can be set to: the models of its provider, the credentials there are. */
export class SessionSettings implements ReactiveController {
  models: readonly ModelResource[] = [];
  credentials: readonly CredentialResource[] = [];
  /** A provider that was chosen and has no credential. */
  missing: ProviderResource | null = null;
  #modelsOf = '';
  #undo: () => void = () => undefined;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  /** A credential that comes or goes shows in what is told of its provider. */
  hostConnected(): void {
    void this.#loadCredentials();
    this.#undo = app.providers.subscribe(() => void this.#loadCredentials());
  }

  hostDisconnected(): void {
    this.#undo();
  }

  /** Reads the models of a provider, once. */
  async follow(provider: string): Promise<void> {
    if (provider === this.#modelsOf) return;
    this.#modelsOf = provider;
    // A provider that is gone or has no key lists none; the current model stays selected.
    const list = await app.rest.models(provider).catch(() => ({ items: [] as ModelResource[] }));
    if (this.#modelsOf !== provider) return;
    this.models = list.items;
    this.host.requestUpdate();
  }

  /** From the next message on. Where a provider lacks a credential, the header offers to add one. */
  async change(session_id: string, { provider, model, credential_id }: ConfigChange): Promise<void> {
    this.missing = null;
    try {
      const first = provider === undefined ? undefined : (await app.rest.models(provider)).items[0]?.id;
      const chosen = model ?? first;
      await app.rest.patchSession(session_id, {
        ...(provider !== undefined && { provider, credential_id: null, auth_type: null }),
        ...(credential_id !== undefined && { credential_id, ...(credential_id === null && { auth_type: null }) }),
        ...(chosen !== undefined && { model: chosen }),
      });
    } catch (error) {
      const lacks = provider !== undefined && app.providers.value.find(({ id, ready }) => id === provider && !ready);
      if (lacks && error instanceof RestError && error.status !== 401) this.missing = lacks;
      app.problem('Not changed', error);
    }
    this.host.requestUpdate();
  }

  async #loadCredentials(): Promise<void> {
    const list = await app.attempt('Credentials not loaded', () => app.rest.credentials());
    if (list) this.credentials = list.items;
    this.host.requestUpdate();
  }
}
