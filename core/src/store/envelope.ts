/** What is stored of a sealed value. */
export interface Envelope {
  v: 1;
  alg: 'A256GCM';
  /** The master key that wraps `wk`. */
  kid: string;
  wk: string;
  ct: string;
}
