/** The one Google account behind every token, as Code Assist knows it. Tests change it as they need. */
export interface GoogleAccount {
  email: string;
  name: string;
  /** Null: not onboarded yet. */
  tier: 'free-tier' | 'standard-tier' | null;
  /** Project that Code Assist manages for it once it is onboarded. */
  project: string;
  /** Private accounts may no longer use it: only a tier with a project of one's own is offered. */
  isIneligible: boolean;
  /** How often the operation of onboarding is looked at before it is done. */
  onboardingLooks: number;
}

export const newGoogleAccount = (): GoogleAccount => ({
  email: 'ada@example.com',
  name: 'Ada',
  tier: 'free-tier',
  project: 'sim-project-1',
  isIneligible: false,
  onboardingLooks: 1,
});
