import { type ConfigKey, key, secret } from "./config-key.ts";

/** Keys that distribution does not have, all below `kasane`. */
export const kasaneKeys: readonly ConfigKey[] = [
  key(
    "kasane.access.rules[].repositories",
    "texts",
    "names or patterns: * within a segment, ** across them, {user} the caller",
  ),
  key("kasane.access.rules[].actions", "texts", "pull, push, delete"),
  key("kasane.access.rules[].users", "texts", "for these users"),
  key("kasane.access.rules[].groups", "texts", "for these groups"),
  key("kasane.access.rules[].anonymous", "boolean", "for everybody, logged in or not"),
  key("kasane.access.rules[].authenticated", "boolean", "for everybody who is logged in"),
  key("kasane.access.groups", "groups", "names of groups with their users"),
  key("kasane.access.robots", "boolean", "robot accounts may log in"),
  key("kasane.access.certificates", "boolean", "the common name of a client's certificate is a user"),
  key("kasane.access.issuer.enabled", "boolean", "this registry issues tokens to its users"),
  key("kasane.access.issuer.realm", "text", "URL of the token endpoint; default /auth/token here"),
  key("kasane.access.issuer.service", "text", "name of this registry in tokens"),
  key("kasane.access.issuer.name", "text", "name of the issuer in tokens"),
  key("kasane.access.issuer.lifetime", "duration", "how long a token is good; default 5m"),

  key(
    "kasane.http.trustedproxies",
    "texts",
    "addresses and networks of proxies whose X-Forwarded-For or Forwarded names the client",
  ),

  key("kasane.gc.enabled", "boolean", "garbage is collected while serving; default true"),
  key("kasane.gc.grace", "duration", "how long what nothing refers to is left alone; default 24h"),
  key("kasane.gc.undo", "duration", "how long a deleted or moved tag can be restored; default 24h"),
  key("kasane.gc.untagged", "duration", "manifests without a tag go after so long; absent: they stay"),
  key("kasane.gc.interval", "duration", "time between looks; default 5m"),

  key("kasane.retention.interval", "duration", "time between looks at old tags; default 1h"),
  key("kasane.retention.dryrun", "boolean", "the log tells what would go, and nothing goes"),
  key("kasane.retention.rules[].repositories", "texts", "patterns of repositories the rule is for"),
  key("kasane.retention.rules[].tags", "texts", "patterns of tags it looks at; absent: all"),
  key("kasane.retention.rules[].keep.last", "count", "so many stay, latest pushed first"),
  key("kasane.retention.rules[].keep.pushed", "duration", "what was pushed within this time stays"),
  key("kasane.retention.rules[].keep.pulled", "duration", "what was pulled within this time stays"),
  key("kasane.retention.rules[].keep.tags", "texts", "tags of these patterns stay"),
  key("kasane.retention.rules[].keep.semver.lines", "count", "so many major.minor lines stay"),
  key("kasane.retention.rules[].keep.semver.perline", "count", "with so many versions of each"),
  key("kasane.retention.rules[].keep.semver.prereleases", "boolean", "pre-releases count as versions"),

  key("kasane.immutable[].repositories", "texts", "patterns of repositories"),
  key("kasane.immutable[].tags", "texts", "tags that are neither moved nor deleted"),

  key("kasane.quotas.total", "size", "for everything this registry hosts"),
  key("kasane.quotas.repositories[].repositories", "texts", "patterns; the first that matches counts"),
  key("kasane.quotas.repositories[].size", "size", "for one repository"),

  key("kasane.limits.rate", "count", "requests per second of one client"),
  key("kasane.limits.burst", "count", "so many at once before the rate counts; default twice the rate"),
  key("kasane.limits.uploads-per-client", "count", "uploads of one client at the same time"),
  key(
    "kasane.limits.unfinished-uploads-per-client",
    "count",
    "uploads that one client has begun and not ended; default 1000, 0: any number",
  ),
  key(
    "kasane.limits.unfinished-bytes-per-client",
    "size",
    "their bytes on the disk; default 100GB, 0: any number",
  ),
  key(
    "kasane.limits.idle",
    "duration",
    "a connection on which nothing moves for so long is closed; 5s to 255s, default 255s",
  ),
  key("kasane.limits.blob-size", "size", "largest blob"),

  key("kasane.upstreams[].name", "text", "name in messages and metrics"),
  key("kasane.upstreams[].url", "text", "registry to mirror"),
  key("kasane.upstreams[].prefix", "text", "repositories below it mirror the upstream's; absent: all do"),
  key("kasane.upstreams[].namespaces", "texts", "values of ?ns= that mean this upstream"),
  key("kasane.upstreams[].hosts", "texts", "host names under which clients of this upstream come here"),
  key("kasane.upstreams[].only", "texts", "patterns of its repositories that may be fetched"),
  key("kasane.upstreams[].username", "text", "user there"),
  secret("kasane.upstreams[].password", "password there"),
  key("kasane.upstreams[].passwordfile", "text", "file with the password; read at each login"),
  key("kasane.upstreams[].ca", "text", "PEM file of authorities its certificate may come from"),
  key("kasane.upstreams[].insecure", "boolean", "plain HTTP, or a certificate nobody vouches for"),
  key("kasane.upstreams[].tag-ttl", "duration", "how long a tag is not asked for again; default 5m"),
  key("kasane.upstreams[].unused-ttl", "duration", "what nobody has pulled for so long is dropped; 0: never"),
  key("kasane.upstreams[].prefetch", "texts", "platforms that are fetched before they are asked for"),

  key("kasane.audit", "text", "file for JSON lines of who changed what, or - for standard error"),
  key(
    "kasane.auditsize",
    "size",
    "from here on a new file is begun, and five old ones stay; default 100MB, 0: never",
  ),
  key("kasane.metrics", "boolean", "metrics at /metrics on the registry's own address"),
];
