import { type ConfigKey, ignored, key, refused, secret } from "./config-key.ts";

const logLevels = { oneOf: ["error", "warn", "info", "debug"] } as const;
const onDisk = "the registry keeps its images in a directory";

/** Every key of the configuration of distribution 2.8 and 3. */
export const distributionKeys: readonly ConfigKey[] = [
  key("version", { oneOf: ["0.1"] }, "version of the format"),

  key(
    "log.level",
    logLevels,
    "error: neither warnings nor notices; warn: no notices; info is the default, and debug is the same",
  ),
  key("log.formatter", { oneOf: ["text", "json", "logstash"] }, "form of a log line; logstash is json"),
  key("log.fields", "labels", "added to every log line"),
  key("log.accesslog.disabled", "boolean", "no line for each request"),
  ignored("log.hooks", "logs are sent nowhere; a collector can read them from standard error"),
  ignored("log.reportcaller", "log lines name no place in the source"),
  key("loglevel", logLevels, "older name of log.level"),

  key(
    "storage.filesystem.rootdirectory",
    "text",
    "the store's directory; default /var/lib/registry where storage.filesystem is named, else the store of local images",
  ),
  ignored("storage.filesystem.maxthreads", "files are read and written without threads of their own"),
  key("storage.inmemory", "section", "nothing is kept beyond the end of the process"),
  ...["s3", "s3aws", "s3goamz", "azure", "gcs", "oss", "swift"].map((name) =>
    refused(`storage.${name}`, onDisk, "use storage.filesystem.rootdirectory"),
  ),
  key(
    "storage.delete.enabled",
    "boolean",
    "tags, manifests and blobs may be deleted; default false, and true where no storage is named",
  ),
  key("storage.maintenance.readonly.enabled", "boolean", "pushes and deletes are refused"),
  key(
    "storage.maintenance.uploadpurging.enabled",
    "boolean",
    "uploads that nobody finished are removed; default true",
  ),
  key("storage.maintenance.uploadpurging.age", "duration", "how long an upload may rest; default 168h"),
  key(
    "storage.maintenance.uploadpurging.interval",
    "duration",
    "time between looks at old uploads; default 24h",
  ),
  key("storage.maintenance.uploadpurging.dryrun", "boolean", "nothing is removed"),
  ignored("storage.cache", "what is known about blobs is in the database, which needs no cache before it"),
  ignored("storage.redirect", "blobs are always sent by the registry itself"),
  ignored("storage.tag", "the tags of a manifest are found by an index"),

  refused(
    "auth.silly",
    "it lets in everybody who sends any credentials",
    "use auth.htpasswd, auth.token or kasane.access",
  ),
  key("auth.none", "section", "everybody may do everything"),
  key("auth.htpasswd.realm", "text", "what clients show when they ask for a password"),
  key(
    "auth.htpasswd.path",
    "text",
    "file of users with bcrypt hashes (`htpasswd -B`); read again when it changes",
  ),
  key("auth.token.realm", "text", "URL where clients get tokens"),
  key("auth.token.service", "text", "name of this registry in tokens"),
  key("auth.token.issuer", "text", "who must have issued a token"),
  key("auth.token.rootcertbundle", "text", "PEM file of certificates whose keys may sign tokens"),
  key("auth.token.jwks", "text", "file of JSON web keys that may sign tokens"),
  key("auth.token.signingalgorithms", "texts", "algorithms a signature may have"),
  key("auth.token.autoredirect", "boolean", "clients get tokens at the host they called"),
  key("auth.token.autoredirectpath", "text", "path there"),

  ignored("middleware", "there are no plug-ins; a proxy in front can do it"),
  ignored("reporting", "nothing is reported to other services"),

  key(
    "http.addr",
    "text",
    "where to listen: HOST:PORT, without HOST on all interfaces; default 127.0.0.1:5000",
  ),
  key("http.net", { oneOf: ["tcp"] }, "kind of address"),
  key("http.prefix", "text", "path before /v2/, with slashes on both sides"),
  key("http.host", "text", "URL clients know this registry by: goes into Location headers"),
  ignored("http.secret", "the state of an upload is in the database and needs no signature"),
  key("http.relativeurls", "boolean", "Location headers without a host even where http.host is set"),
  key("http.draintimeout", "duration", "how long shutting down waits for transfers; default 30s"),
  key("http.headers", "headers", "added to every answer"),
  key("http.tls.certificate", "text", "certificate chain, PEM file; read again when it changes"),
  key("http.tls.key", "text", "its private key, PEM file"),
  key("http.tls.clientcas", "texts", "PEM files of authorities that clients' certificates come from"),
  key(
    "http.tls.clientauth",
    {
      oneOf: [
        "request-client-cert",
        "require-any-client-cert",
        "verify-client-cert-if-given",
        "require-and-verify-client-cert",
      ],
    },
    "what is demanded of clients' certificates; default the last of these",
  ),
  key(
    "http.tls.minimumtls",
    { oneOf: ["tls1.0", "tls1.1", "tls1.2", "tls1.3"] },
    "oldest TLS that is spoken; never older than 1.2",
  ),
  ignored("http.tls.ciphersuites", "the runtime chooses among suites that are safe today"),
  refused(
    "http.tls.letsencrypt",
    "certificates are read from files",
    "let an ACME client write http.tls.certificate and http.tls.key: they are read again when they change",
  ),
  key("http.debug.addr", "text", "where health and metrics are shown, apart from the registry"),
  key("http.debug.prometheus.enabled", "boolean", "metrics on the debug address"),
  key("http.debug.prometheus.path", "text", "their path; default /metrics"),
  key("http.http2.disabled", "boolean", "HTTP/1.1 only, which is what is spoken"),
  ignored("http.h2c", "HTTP/1.1 is spoken"),

  key("notifications.events.includereferences", "boolean", "events name what a manifest refers to"),
  key("notifications.endpoints[].name", "text", "name in metrics and logs"),
  key("notifications.endpoints[].disabled", "boolean", "nothing is sent there"),
  key("notifications.endpoints[].url", "text", "where events are sent"),
  { ...key("notifications.endpoints[].headers", "headers", "sent along"), isSecret: true },
  key("notifications.endpoints[].timeout", "duration", "how long an answer may take"),
  key("notifications.endpoints[].threshold", "count", "failures before backing off"),
  key("notifications.endpoints[].backoff", "duration", "how long to back off"),
  key("notifications.endpoints[].ignoredmediatypes", "texts", "media types of which nothing is sent"),
  key("notifications.endpoints[].ignore.mediatypes", "texts", "the same"),
  key("notifications.endpoints[].ignore.actions", "texts", "actions of which nothing is sent"),

  ignored("redis", "nothing is cached outside the process"),
  ignored("health.storagedriver", "/readyz always looks at the database and the directory"),
  ...["file", "http", "tcp"].map((name) =>
    ignored(`health.${name}`, "/readyz looks at this registry only, not at other things"),
  ),
  ignored("catalog", "pages have 10,000 entries at most"),
  ignored("tags", "pages have 10,000 entries at most"),

  key("proxy.remoteurl", "text", "registry that every repository mirrors"),
  key("proxy.username", "text", "user there"),
  secret("proxy.password", "password there"),
  key("proxy.ttl", "duration", "what nobody has pulled for so long is dropped; 0: never, default 168h"),
  refused(
    "proxy.exec",
    "no programs are run for credentials",
    "use proxy.username and proxy.password, or kasane.upstreams with passwordfile",
  ),
  refused(
    "proxy.remotenamespace",
    "names are passed on as they are",
    "write the namespace into the names of images",
  ),

  ignored("compatibility", "manifests of schema 1 are not accepted"),
  ignored("validation", "manifests may refer to what is elsewhere, and are not fetched from there"),
  ignored("policy", "every kind of artifact is accepted"),
];
