import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { isKasaneError } from "../../lib/mod.ts";
import { configKeys } from "./key-tree.ts";
import { loadServerConfig } from "./load-server-config.ts";
import { shownSettings } from "./shown-settings.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kasane-config-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function load(yaml: string | undefined, env: Record<string, string> = {}) {
  if (yaml === undefined) return loadServerConfig({ env });
  const path = join(directory, "config.yml");
  await Bun.write(path, yaml);
  return loadServerConfig({ path, env });
}

/** The error's message without the directory, and its hint. */
async function refusal(yaml: string | undefined, env: Record<string, string> = {}): Promise<string> {
  const error = await load(yaml, env).then(
    () => undefined,
    (reason) => reason,
  );
  if (!isKasaneError(error)) throw new Error("was not refused");
  return `${error.code}: ${error.message.replace(`${directory}/`, "")}${error.hint ? ` (${error.hint})` : ""}`;
}

test("nothing said: this machine only, the local store, everybody", async () => {
  const { config, warnings } = await load(undefined);
  expect(warnings).toEqual([]);
  expect(config).toMatchObject({
    isInMemory: false,
    http: { address: "", prefix: "", headers: {} },
    rules: { isReadOnly: false, isDeleteEnabled: true, immutable: [] },
    upstreams: [],
    limits: { idleMs: 255_000, unfinished: { uploads: 1000, bytes: 100e9 } },
    logs: { level: "info", format: "text", isAccessLogEnabled: true },
  });
  expect(config.root).toBeUndefined();
  expect(config.access).toBeUndefined();
});

test("a section that is there twice is refused: the first would be forgotten", async () => {
  expect(
    await refusal(
      "kasane:\n  immutable: [{repositories: ['**'], tags: ['v*']}]\nkasane:\n  gc: {grace: 1h}\n",
    ),
  ).toBe(
    "invalid-config: config.yml:3: kasane is here for the second time, first in line 1 (put everything below one of them)",
  );
});

test("a length of time without a unit is what Go takes it for, with a warning", async () => {
  const { config, warnings, settings } = await load(
    "kasane: {gc: {grace: 30, interval: 60000000000, undo: 0}}\n",
  );
  expect(config.garbage).toMatchObject({ graceMs: 30e-6, intervalMs: 60_000, undoMs: 0 });
  expect(warnings).toEqual([
    `${directory}/config.yml:1: kasane.gc.grace: 30 is 30 nanoseconds, write a unit after it: 30s`,
  ]);
  expect(shownSettings(settings)).toEqual([
    "kasane.gc.grace = 30ns",
    "kasane.gc.interval = 1m",
    "kasane.gc.undo = 0",
  ]);
  expect(shownSettings((await load(undefined)).settings)).toEqual([]);
});

describe("distribution's configuration", () => {
  test("the one its image comes with", async () => {
    const { config, warnings } = await load(`version: 0.1
log:
  fields:
    service: registry
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: /var/lib/registry
http:
  addr: :5000
  headers:
    X-Content-Type-Options: [nosniff]
health:
  storagedriver:
    enabled: true
    interval: 10s
    threshold: 3
`);
    expect(config).toMatchObject({
      root: "/var/lib/registry",
      http: { address: "0.0.0.0:5000", headers: { "X-Content-Type-Options": ["nosniff"] } },
      rules: { isDeleteEnabled: false },
      logs: { fields: { service: "registry" } },
    });
    expect(warnings.map((warning) => warning.replace(`${directory}/`, ""))).toEqual([
      "config.yml:6: storage.cache has no meaning here: what is known about blobs is in the database, which needs no cache before it",
      "config.yml:15: health.storagedriver has no meaning here: /readyz always looks at the database and the directory",
    ]);
  });

  test("everything that has a meaning", async () => {
    const { config, warnings } = await load(`version: 0.1
log: {level: debug, formatter: json, accesslog: {disabled: true}, fields: {environment: staging, number: 7}}
storage:
  filesystem: {rootdirectory: /srv/registry}
  delete: {enabled: yes}
  maintenance:
    uploadpurging: {enabled: true, age: 48h, interval: 1h30m, dryrun: false}
    readonly: {enabled: on}
auth:
  htpasswd: {realm: basic-realm, path: /etc/registry/htpasswd}
http:
  addr: 10.0.0.1:443
  prefix: /a/b/
  host: https://registry.example.com:8443/
  relativeurls: false
  draintimeout: 60s
  tls:
    certificate: /c.pem
    key: /k.pem
    clientcas: [/ca.pem]
    clientauth: verify-client-cert-if-given
    minimumtls: tls1.3
  debug: {addr: "localhost:5001", prometheus: {enabled: true, path: /m}}
  http2: {disabled: true}
notifications:
  events: {includereferences: true}
  endpoints:
    - name: a
      url: https://listener.example.com/event
      headers: {Authorization: [Bearer x]}
      timeout: 500ms
      threshold: 5
      backoff: 1000000000
      ignoredmediatypes: [x/y]
      ignore: {mediatypes: [x/z], actions: [pull]}
    - {name: b, disabled: true, url: https://x.example}
proxy: {remoteurl: https://registry-1.docker.io, username: u, password: 007, ttl: 0}
`);
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      root: "/srv/registry",
      http: {
        address: "10.0.0.1:443",
        prefix: "/a/b/",
        externalUrl: "https://registry.example.com:8443",
        isRelativeUrls: false,
        drainTimeoutMs: 60_000,
        tls: {
          certificatePath: "/c.pem",
          keyPath: "/k.pem",
          clientCaPaths: ["/ca.pem"],
          clientAuth: "verify-if-given",
          minimumVersion: "TLSv1.3",
        },
        debug: { address: "localhost:5001", metricsPath: "/m" },
      },
      access: {
        htpasswd: { realm: "basic-realm", path: "/etc/registry/htpasswd" },
        rules: [],
        hasRobots: false,
      },
      rules: { isReadOnly: true, isDeleteEnabled: true },
      uploads: { isPurged: true, purgeAfterMs: 48 * 3_600_000, intervalMs: 90 * 60_000 },
      notifications: [
        {
          name: "a",
          url: "https://listener.example.com/event",
          headers: { Authorization: ["Bearer x"] },
          timeoutMs: 500,
          threshold: 5,
          backoffMs: 1000,
          ignoredMediaTypes: ["x/y", "x/z"],
          ignoredActions: ["pull"],
          includesReferences: true,
        },
      ],
      upstreams: [{ name: "proxy", prefix: "", username: "u", password: "007", unusedTtlMs: 0 }],
      logs: {
        level: "debug",
        format: "json",
        isAccessLogEnabled: false,
        fields: { environment: "staging", number: "7" },
      },
    });
  });

  test.each([
    ["version: 0.2", 'config.yml:1: version: expected 0.1, not "0.2"'],
    ["http:\n  adr: x\n", "config.yml:2: http.adr: there is no such key (did you mean addr?)"],
    ["version: 0.1\nHTTP: {}\n", "config.yml:2: HTTP: there is no such key (did you mean http?)"],
    [
      "storage:\n  s3: {bucket: b}\n",
      "config.yml:2: storage.s3: not possible here: the registry keeps its images in a directory",
    ],
    [
      "storage: {filesystem: {}, inmemory: }\n",
      "config.yml:1: storage.inmemory: there is storage.filesystem beside it",
    ],
    ["auth:\n  silly: {realm: r, service: s}\n", "config.yml:2: auth.silly: not possible here"],
    ["auth: htpasswd\n", "config.yml:1: auth.htpasswd: path is missing (set auth.htpasswd.path)"],
    ["auth: {htpasswd: {path: /x}, none: }\n", "auth.none: there is another kind of auth beside it"],
    ["auth:\n  token:\n    realm: r\n", "auth.token: no token can be verified"],
    ["http:\n  tls:\n    key: /k\n", "config.yml:2: http.tls: the certificate is missing"],
    ["http:\n  tls:\n    clientcas: [/ca]\n", "config.yml:2: http.tls: there is no certificate"],
    ["http: {tls: {letsencrypt: {email: a@example.com}}}\n", "certificates are read from files"],
    ["http: {prefix: x}\n", 'http.prefix: "x" is no path'],
    [
      "kasane: {http: {trustedproxies: [10.0.0.0/40]}}\n",
      'kasane.http.trustedproxies: "10.0.0.0/40" is no address and no network',
    ],
    ["http: {host: registry.example.com}\n", 'http.host: "registry.example.com" is no URL'],
    ["http: {draintimeout: soon}\n", 'http.draintimeout: "soon" is not a length of time'],
    ["http: [a]\n", "http: expected a section with keys of its own"],
    ["log:\n  level: loud\n", 'config.yml:2: log.level: expected error, warn, info, debug, not "loud"'],
    [
      "storage:\n  delete:\n    enabled: 3\n",
      'config.yml:3: storage.delete.enabled: expected true or false, not "3"',
    ],
    [
      "notifications:\n  endpoints:\n  - name: a\n    url: https://a.example\n  - name: b\n    url: nowhere\n",
      'config.yml:6: notifications.endpoints.1.url: "nowhere" is no URL',
    ],
    ["notifications: {endpoints: {name: a}}\n", "notifications.endpoints: expected a list of sections"],
    ["proxy: {remoteurl: https://a.example, exec: {command: x}}\n", "proxy.exec: not possible here"],
    ["- a\n", "config.yml: a configuration is one document of keys and values"],
    ['version: 0.1\nhttp:\n  addr: "x\n', "config.yml:3: not YAML"],
  ])("refuses %j", async (yaml, message) => {
    expect(await refusal(yaml)).toContain(
      `invalid-config: ${message.startsWith("config.yml") ? message : ""}`,
    );
    expect(await refusal(yaml)).toContain(message);
  });

  test("a file that is not there, and one that is no configuration", async () => {
    await expect(loadServerConfig({ path: join(directory, "none.yml"), env: {} })).rejects.toMatchObject({
      code: "not-found",
    });
    expect(await refusal(`x: ${"y".repeat(1024 * 1024)}`)).toContain("larger than");
  });
});

describe("REGISTRY_ variables", () => {
  test("the HTTPS and the htpasswd set-up of a container", async () => {
    const https = await load(undefined, {
      REGISTRY_HTTP_ADDR: "0.0.0.0:443",
      REGISTRY_HTTP_TLS_CERTIFICATE: "/certs/domain.crt",
      REGISTRY_HTTP_TLS_KEY: "/certs/domain.key",
    });
    expect(https.config.http).toMatchObject({
      address: "0.0.0.0:443",
      tls: { certificatePath: "/certs/domain.crt", keyPath: "/certs/domain.key" },
    });
    const users = await load(undefined, {
      REGISTRY_AUTH: "htpasswd",
      REGISTRY_AUTH_HTPASSWD_PATH: "/auth/htpasswd",
      REGISTRY_AUTH_HTPASSWD_REALM: "Registry Realm",
    });
    expect(users.config.access).toMatchObject({
      htpasswd: { realm: "Registry Realm", path: "/auth/htpasswd" },
    });
    expect([...https.warnings, ...users.warnings]).toEqual([]);
  });

  test("override and extend the file; values are YAML, lists go by position", async () => {
    const yaml = `http:
  addr: 127.0.0.1:1
  headers: {X-One: [a]}
  tls: {certificate: /c, key: /k, clientcas: [/a]}
notifications:
  endpoints:
    - {name: a, url: https://a.example}
auth: {token: {realm: r, service: s, issuer: i, jwks: /j}}
kasane: {limits: {uploads-per-client: 2}}
`;
    const { config } = await load(yaml, {
      REGISTRY_HTTP_ADDR: ":2",
      "REGISTRY_HTTP_HEADERS_X-One": "[b, c]",
      "REGISTRY_HTTP_HEADERS_Access-Control-Allow-Origin": "['*']",
      REGISTRY_HTTP_TLS_CLIENTCAS_1: "/b",
      REGISTRY_NOTIFICATIONS_ENDPOINTS_0_NAME: "first",
      REGISTRY_NOTIFICATIONS_ENDPOINTS_1: "{name: second, url: 'https://b.example'}",
      REGISTRY_AUTH: "htpasswd",
      REGISTRY_AUTH_HTPASSWD_PATH: "/h",
      REGISTRY_STORAGE_DELETE_ENABLED: "true",
      REGISTRY_KASANE_LIMITS_UPLOADSPERCLIENT: "3",
      REGISTRY_PROXY_REMOTEURL: "https://up.example",
      REGISTRY_PROXY_PASSWORD: "@0123: #x",
    });
    expect(config.http).toMatchObject({
      address: "0.0.0.0:2",
      headers: { "X-One": ["b", "c"], "access-control-allow-origin": ["*"] },
      tls: { clientCaPaths: ["/a", "/b"] },
    });
    expect(config.notifications.map(({ name }) => name)).toEqual(["first", "second"]);
    expect(config.access).toMatchObject({ htpasswd: { path: "/h" } });
    expect(config.access?.token).toBeUndefined();
    expect(config.rules.isDeleteEnabled).toBe(true);
    expect(config.limits.uploadsPerClient).toBe(3);
    expect(config.upstreams[0]).toMatchObject({ password: "@0123: #x" });
  });

  test("digits stay what they were written as", async () => {
    const env = { REGISTRY_PROXY_REMOTEURL: "https://a.example", REGISTRY_PROXY_PASSWORD: "0123" };
    expect((await load(undefined, env)).config.upstreams[0]?.password).toBe("0123");
    const file = await load("proxy:\n  remoteurl: https://a.example\n  username: 1e3\n  password: '0123'\n");
    expect(file.config.upstreams[0]).toMatchObject({ username: "1e3", password: "0123" });
  });

  test("a secret may be in a file", async () => {
    const path = join(directory, "secret");
    await Bun.write(path, "s3cret\n");
    const env = { REGISTRY_PROXY_REMOTEURL: "https://a.example", REGISTRY_PROXY_PASSWORD_FILE: path };
    expect((await load(undefined, env)).config.upstreams[0]?.password).toBe("s3cret");
    expect(await refusal(undefined, { ...env, REGISTRY_PROXY_PASSWORD_FILE: `${path}x` })).toContain(
      "cannot be read",
    );
  });

  test("names that are nothing: an error where a setting was meant, a warning where not", async () => {
    expect(await refusal(undefined, { REGISTRY_AUTH_HTPASWD_PATH: "/x" })).toBe(
      "invalid-config: REGISTRY_AUTH_HTPASWD_PATH: there is no key htpaswd (did you mean HTPASSWD?)",
    );
    const { warnings } = await load(undefined, {
      REGISTRY_PORT: "tcp://10.0.0.1:5000",
      REGISTRY_AUTH_FILE: "/run/user/1000/containers/auth.json",
      REGISTRY_PORT_5000_TCP: "x",
      REGISTRY_SERVICE_HOST: "10.0.0.1",
      REGISTRY_HTPP_ADDR: ":1",
      REGISTRY_REDIS_ADDR: "redis:6379",
      OTEL_TRACES_EXPORTER: "none",
    });
    expect(warnings).toEqual([
      "REGISTRY_HTPP_ADDR is not a setting, and is ignored: did you mean HTTP?",
      "REGISTRY_REDIS_ADDR: redis has no meaning here: nothing is cached outside the process",
    ]);
  });

  test.each([
    [{ REGISTRY_HTTP_TLS_CLIENTCAS_1: "/b" }, "1 is no position in a list of 0"],
    [{ REGISTRY_HTTP_HEADERS: "[" }, "REGISTRY_HTTP_HEADERS: the value is not YAML"],
    [{ REGISTRY_LOG_LEVEL: "loud" }, "REGISTRY_LOG_LEVEL: log.level: expected error"],
    [{ REGISTRY_AUTH: "htpasswd" }, "REGISTRY_AUTH: auth.htpasswd: path is missing"],
    [{ REGISTRY_STORAGE: "s3" }, "REGISTRY_STORAGE: storage.s3: not possible here"],
  ])("refuses %j", async (env, message) => {
    expect(await refusal(undefined, env as unknown as Record<string, string>)).toContain(message);
  });
});

describe("kasane's own keys", () => {
  test("all of them", async () => {
    const { config, warnings } = await load(`kasane:
  access:
    robots: true
    groups: {team: [ann, bob]}
    issuer: {service: r, lifetime: 10m}
    rules:
      - {repositories: ["public/**"], actions: [pull], anonymous: true}
      - repositories: ["team/**", "{user}/**"]
        actions: [pull, push, delete]
        groups: [team]
        users: [eve]
      - {repositories: ["**"], actions: [pull], authenticated: true}
  gc: {grace: 2h, undo: 7d, untagged: 30d, interval: 1m}
  retention:
    interval: 6h
    dryrun: true
    rules:
      - {repositories: ["ci/**"], tags: ["pr-*"], keep: {last: 10, pushed: 7d, pulled: 30d, tags: [main], semver: {lines: 3, perline: 2}}}
  immutable: [{repositories: ["**"], tags: ["v*"]}]
  quotas: {total: 1TB, repositories: [{repositories: ["team/**"], size: 20GiB}]}
  limits: {rate: 50, uploads-per-client: 4, idle: 60s, blob-size: 10GB}
  upstreams:
    - {name: hub, url: https://registry-1.docker.io, prefix: hub/, namespaces: [docker.io], tag-ttl: 10m, passwordfile: /run/p, username: u}
  audit: /var/log/audit.json
  auditsize: 5MB
  metrics: true
`);
    expect(warnings).toEqual([]);
    expect(config.access).toEqual({
      hasRobots: true,
      hasCertificateUsers: false,
      issuer: { service: "r", issuer: "kasane", lifetimeMs: 600_000 },
      groups: { team: ["ann", "bob"] },
      rules: [
        {
          repositories: ["public/**"],
          actions: ["pull"],
          users: [],
          groups: [],
          isForAnonymous: true,
          isForUsers: false,
        },
        {
          repositories: ["team/**", "{user}/**"],
          actions: ["pull", "push", "delete"],
          users: ["eve"],
          groups: ["team"],
          isForAnonymous: false,
          isForUsers: false,
        },
        {
          repositories: ["**"],
          actions: ["pull"],
          users: [],
          groups: [],
          isForAnonymous: false,
          isForUsers: true,
        },
      ],
    });
    expect(config).toMatchObject({
      garbage: {
        isEnabled: true,
        graceMs: 7_200_000,
        undoMs: 604_800_000,
        untaggedAfterMs: 2_592_000_000,
        intervalMs: 60_000,
      },
      retention: {
        intervalMs: 21_600_000,
        isDryRun: true,
        rules: [
          {
            repositories: ["ci/**"],
            tags: ["pr-*"],
            keep: {
              last: 10,
              pushedWithinMs: 604_800_000,
              pulledWithinMs: 2_592_000_000,
              tags: ["main"],
              semver: { lines: 3, perLine: 2, prereleases: false },
            },
          },
        ],
      },
      rules: {
        immutable: [{ repositories: ["**"], tags: ["v*"] }],
        quotas: { totalBytes: 1e12, repositories: [{ repositories: ["team/**"], bytes: 20 * 2 ** 30 }] },
      },
      limits: {
        rate: { requestsPerSecond: 50, burst: 100 },
        uploadsPerClient: 4,
        idleMs: 60_000,
        blobBytes: 1e10,
      },
      upstreams: [
        {
          name: "hub",
          url: "https://registry-1.docker.io",
          prefix: "hub",
          namespaces: ["docker.io"],
          tagTtlMs: 600_000,
          passwordPath: "/run/p",
          username: "u",
        },
      ],
      logs: { auditPath: "/var/log/audit.json", auditRotateBytes: 5e6 },
      http: { isMetricsOnMain: true },
    });
  });

  test.each([
    [
      "access:\n    rules:\n      - {repositories: [a], actions: [write], anonymous: true}",
      '"write" is no action',
    ],
    ["access: {rules: [{repositories: [a], actions: [pull]}]}", "the rule is for nobody"],
    ["access: {rules: [{repositories: [a], actions: [pull], groups: [x]}]}", 'there is no group "x"'],
    ["access: {rules: [{actions: [pull], anonymous: true}]}", "repositories: there are none"],
    ["access: {rules: [{repositories: ['{a'], actions: [pull], anonymous: true}]}", "a { has no }"],
    ["access: {certificates: true}", "set http.tls.clientcas"],
    ["retention: {rules: [{repositories: ['**']}]}", "the rule keeps nothing"],
    ["gc: {interval: 10ms}", "shorter than a second"],
    ["gc: {grace: -1h}", "is not a length of time"],
    ["quotas: {repositories: [{repositories: [a]}]}", "there is no size"],
    ["quotas: {total: much}", '"much" is not a size'],
    ["limits: {idle: 10m}", "between 5s and 255s"],
    ["limits: {rate: 1.5}", "expected a whole number"],
    ["upstreams: [{url: https://a.example/path}]", "is no registry"],
    ["upstreams: [{name: a, url: a.example}, {name: a, url: b.example}]", "two have the name"],
    ["upstreams: [{url: a.example, prefix: A}]", "is no name of repositories"],
    ["upstreams: [{url: a.example, password: a, passwordfile: /b}]", "there is a password beside it"],
  ])("refuses %j", async (yaml, message) => {
    expect(await refusal(`kasane:\n  ${yaml}\n`)).toContain(message);
  });
});

test("every key of the table is read at its path, or is refused or warned of by name", async () => {
  for (const { path, kind, ignored, refused } of configKeys) {
    const samples: Record<string, string> = {
      text: "x",
      boolean: "true",
      count: "1",
      duration: "1h",
      size: "1GB",
      texts: "[x]",
      headers: "{a: [b]}",
      labels: "{a: b}",
      groups: "{a: [b]}",
      section: "{}",
      any: "x",
    };
    const sample = typeof kind === "string" ? samples[kind]! : kind.oneOf[0]!;
    let yaml = sample;
    for (const part of path.split(".").reverse()) {
      yaml = part.endsWith("[]") ? `{"${part.slice(0, -2)}": [${yaml}]}` : `{"${part}": ${yaml}}`;
    }
    const told = await load(yaml).then(
      ({ warnings, settings }) => [...warnings, ...[...settings.entries()].map(([name]) => name)].join("\n"),
      (error) => (isKasaneError(error, "invalid-config") ? error.message : Promise.reject(error)),
    );
    const name = path.replaceAll("[]", ".0");
    // Alone, some keys lack what belongs to them: then the error names their section.
    expect(told).toContain(ignored || refused ? name : name.split(".")[0]!);
    expect(told).not.toContain("there is no such key");
  }
});

test("no document and no variable makes anything but a configuration or a KasaneError", async () => {
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: "small" },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("node"), { maxLength: 2 }),
      fc.dictionary(
        fc.constantFrom("http", "tls", "addr", "auth", "htpasswd", "kasane", "access", "rules", "x"),
        tie("node"),
        { maxKeys: 3 },
      ),
    ),
  })).node;
  const parts = fc.array(
    fc.constantFrom("HTTP", "TLS", "AUTH", "KASANE", "ACCESS", "RULES", "0", "1", "X", "HEADERS", ""),
    { minLength: 1, maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(value, parts, fc.string(), async (document, names, text) => {
      try {
        await load(JSON.stringify(document), { [`REGISTRY_${names.join("_")}`]: text });
      } catch (error) {
        if (!isKasaneError(error)) throw error;
      }
    }),
    { numRuns: 200 },
  );
});
