/**
 * A wire profile: the shape of a request as data. Values may hold `{slot}` places; `{host}` and `{content_length}`
 * are filled by the renderer.
 *
 * A list with a `host` header, in any casing, is the whole head: nothing is added to it. In any other list `host` and
 * `connection` come before the listed headers, `content-type` and `content-length` after them.
 */
export interface WireProfile {
  /** `provider/auth/name/operation`, as in `acme/api_key/prd/messages`. */
  readonly id: string;
  readonly method: 'GET' | 'POST';
  /** With its query, in order. May hold `{slot}` places. */
  readonly path: string;
  /** In the order and casing they go out. A header whose slot has no value is left out. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** How the body is written; undefined where there is none. */
  readonly body?: BodyShape;
}

export interface BodyShape {
  readonly encoding: 'json' | 'form';
  /** Top-level keys in the order they go out; those without a value are left out. */
  readonly keys: readonly string[];
}
