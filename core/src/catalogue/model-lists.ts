import type { Model } from '../extension/provider.js';
import type { Database } from '../store/database.js';

/** Lists of models as providers gave them, one for each credential: accounts differ in what they may use. */
export class ModelLists {
  constructor(private readonly db: Database) {}

  async keep(provider: string, credentialId: string, models: readonly Model[]): Promise<void> {
    await this.db.query(
      `insert into model_lists (provider, credential_id, models) values ($1, $2, $3)
       on conflict (provider, credential_id) do update set models = excluded.models, fetched_at = now()`,
      [provider, credentialId, JSON.stringify(models)],
    );
  }

  /** The list that was fetched last, whichever credential it was for. */
  async newest(provider: string): Promise<Model[] | undefined> {
    const { rows } = await this.db.query<{ models: Model[] }>(
      'select models from model_lists where provider = $1 order by fetched_at desc limit 1',
      [provider],
    );
    return rows[0]?.models;
  }
}
