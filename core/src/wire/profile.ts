/**
 * A wire profile: the shape of a request as data. Header values may hold `{slot}` places;
 * `host` and `connection` come before the listed headers, `content-type` and
 * `content-length` after them.
 */
export interface WireProfile {
  /** `provider/auth/name`, as in `acme/api_key/prd`. */
  readonly id: string;
  readonly method: 'GET' | 'POST';
  /** May hold `{slot}` places. */
  readonly path: string;
  /** In the order and casing they go out. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}
