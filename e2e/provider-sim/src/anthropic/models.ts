export interface SimModel {
  id: string;
  display_name: string;
  created_at: string;
  max_input_tokens: number;
  max_tokens: number;
  thinking: 'adaptive' | 'budget';
}

const model = (
  id: string,
  display_name: string,
  created_at: string,
  thinking: SimModel['thinking'] = 'adaptive',
): SimModel => ({
  id,
  display_name,
  created_at: `${created_at}T00:00:00Z`,
  max_input_tokens: thinking === 'adaptive' ? 1_000_000 : 200_000,
  max_tokens: thinking === 'adaptive' ? 128_000 : 64_000,
  thinking,
});

/** Ids from the types of `@anthropic-ai/sdk` 1.14.0; sizes from the model pages of the API documentation. */
export const MODELS: readonly SimModel[] = [
  model('claude-opus-5-5', 'Claude Opus 5.5', '2026-09-22'),
  model('claude-sonnet-5-5', 'Claude Sonnet 5.5', '2026-09-22'),
  model('claude-haiku-5-5', 'Claude Haiku 5.5', '2026-10-07'),
  model('claude-opus-5', 'Claude Opus 5', '2026-07-24'),
  model('claude-sonnet-5', 'Claude Sonnet 5', '2026-06-30'),
  model('claude-haiku-4-5', 'Claude Haiku 4.5', '2025-10-01', 'budget'),
  model('claude-haiku-4-5-20251001', 'Claude Haiku 4.5', '2025-10-01', 'budget'),
];
