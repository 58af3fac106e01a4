/** A registry that repositories here mirror on demand. */
export interface UpstreamConfig {
  /** For messages, metrics and logs. */
  readonly name: string;
  /** `https://registry-1.docker.io`, without a path; or `docker.io`. */
  readonly url: string;
  /** Repositories below this prefix mirror the upstream's: `hub` makes `hub/library/nginx` of `library/nginx`. Empty: all. */
  readonly prefix: string;
  /** Values of `?ns=` that mean this upstream (containerd sends the host of the image name): `docker.io`. */
  readonly namespaces: readonly string[];
  /** Host names this server has for clients of this upstream, without port. */
  readonly hosts: readonly string[];
  /** Upstream repositories that may be fetched; absent: all. Patterns of oci's namePattern(). */
  readonly only?: readonly string[];
  readonly username?: string;
  readonly password?: string;
  /** Read at each login, so that it may change. */
  readonly passwordPath?: string;
  /** CA certificates, PEM file. */
  readonly caPath?: string;
  readonly isInsecure: boolean;
  /** How long a tag is taken as it is before the upstream is asked again, ms. 0: always asked. */
  readonly tagTtlMs: number;
  /** What nobody has pulled for so long is dropped from here, ms. 0: never. distribution's `proxy.ttl`. */
  readonly unusedTtlMs: number;
  /** Platforms of an index that are fetched beforehand, `linux/amd64`; others come when they are asked for. */
  readonly prefetch: readonly string[];
}
