import { messageOf } from "../../lib/mod.ts";
import type { RegistryRules } from "../../registry/mod.ts";
import { giveUpReserve } from "../../store/mod.ts";
import { createPullThrough, type RunningPullThrough } from "../../sync/mod.ts";
import { parseAddress } from "../address.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { listen } from "../http/listen.ts";
import type { Listener } from "../http/listener.ts";
import { loggedTarget, type Operations, openOperations, upstreamCollector } from "../observe/mod.ts";
import { type Jobs, startJobs } from "../schedule/start-jobs.ts";
import { type RunningServer, startServer } from "../start-server.ts";
import { certificateTimeWarning, readCertificateFiles } from "../tls/certificate-files.ts";
import { type CertificateWatch, watchCertificate } from "../tls/watch-certificate.ts";
import { needsRestart } from "./config-change.ts";
import { mirrorJob, storeJobs } from "./jobs.ts";
import { createLiveAccess, type LiveAccess } from "./live-access.ts";
import { registryRules } from "./registry-rules.ts";
import type { ServedStore } from "./served-store.ts";

export interface ConfiguredServerOptions {
  readonly config: ServerConfig;
  readonly store: ServedStore;
  /** One sentence for whoever runs the server. */
  readonly onWarning: (message: string) => void;
  /** What was asked for to be told: also one sentence. */
  readonly onNotice: (message: string) => void;
  /** Failures of the server's own. */
  readonly onError: (message: string) => void;
}

export interface ConfiguredServer extends Omit<RunningServer, "reloadTls"> {
  /** Address of health and metrics, where they have one of their own. */
  readonly debugHost?: string;
  /**
   * Takes up what can change while serving: users, rules, quotas, immutability, retention, garbage collection, certificates; opens log
   * files again. Warns of what else has changed. @throws KasaneError for what cannot be used: then all stays
   */
  reload(config: ServerConfig): Promise<void>;
}

/** Everything that a configuration asks for, put together. @throws KasaneError `usage`, `io` */
export async function startConfiguredServer(options: ConfiguredServerOptions): Promise<ConfiguredServer> {
  const { store, onWarning } = options;
  let { config } = options;
  let rules = registryRules(config);
  let server: RunningServer | undefined;
  const files = config.http.tls && readCertificateFiles(config.http.tls);
  const timeWarning = files && certificateTimeWarning(files.certificate);
  if (timeWarning) onWarning(timeWarning);
  const access = await createLiveAccess(config, {
    meta: store.meta,
    onWarning,
    beforeToken: (call) => operations.tokens.beforeToken(call),
  });
  const operations = await openOperations({
    ...config,
    meta: store.meta,
    ...(store.root === undefined ? {} : { root: store.root }),
    port: () => server?.port ?? 0,
    warn: onWarning,
  });
  const guard = operations.guard(access?.guard);
  const answerLogin = access && operations.tokens.around(access.answer);
  const stack: Stack = { access, operations };
  try {
    const pullThrough = openPullThrough(options, operations, () => rules);
    if (pullThrough) stack.pullThrough = pullThrough;
    server = await startServer({
      store,
      address: config.http.address,
      ...(files ? { tls: files.tls } : {}),
      ...(guard ? { guard } : {}),
      ...(operations.observer ? { observer: operations.observer } : {}),
      ...(pullThrough ? { pullThrough } : {}),
      rules: () => rules,
      besides: (request, peer) =>
        isOfRegistry(request.url)
          ? undefined
          : (operations.answerMain(request) ?? answerLogin?.(request, peer)),
      watch: (handle) => operations.watch(handle),
      view: config.http,
      trustedProxies: config.http.trustedProxies,
      idleMs: config.limits.idleMs,
      graceMs: config.http.drainTimeoutMs,
      onWarning,
      onError: (error, { method, url }) =>
        options.onError(`${method} ${loggedTarget(url)}: ${messageOf(error)}`),
    });
    stack.server = server;
    const debug = await listenForDebugging(config, operations);
    if (debug) stack.debug = debug.listener;
    if (config.http.tls) {
      stack.certificates = watchCertificate(config.http.tls, {
        onChange: (tls) => server!.reloadTls(tls),
        onWarning,
      });
    }
    const jobs = storeJobs(store, {
      config: () => config,
      audit: operations.audit,
      garbage: operations.metrics.garbage,
      tell: options.onNotice,
    });
    if (pullThrough) jobs.push(mirrorJob(pullThrough, config.upstreams));
    stack.jobs = startJobs(jobs, {
      meta: store.meta,
      onError: (job, error) => options.onError(`${job}: ${messageOf(error)}`),
      makeRoom: (error) => store.root !== undefined && giveUpReserve(store.root, error),
    });
    const { url, host, port } = server;
    let stopped: Promise<void> | undefined;
    return {
      url,
      host,
      port,
      ...(debug ? { debugHost: debug.host } : {}),
      async reload(changed) {
        const changedRules = registryRules(changed);
        if (changed.access) access?.replace(changed);
        rules = changedRules;
        for (const warning of needsRestart(config, changed)) onWarning(warning);
        config = changed;
        stack.certificates?.look();
        await operations.reopenLogs();
      },
      stop() {
        stopped ??= takeDown(stack);
        return stopped;
      },
    };
  } catch (error) {
    await takeDown(stack);
    throw error;
  }
}

/** Nearly every request: told from the rest without taking its URL to pieces. */
function isOfRegistry(url: string): boolean {
  return url.startsWith("/v2/", url.indexOf("/", url.indexOf("://") + 3));
}

/** What was built, in the order it was built. */
interface Stack {
  readonly access: LiveAccess | undefined;
  readonly operations: Operations;
  server?: RunningServer;
  debug?: Listener;
  certificates?: CertificateWatch;
  jobs?: Jobs;
  pullThrough?: RunningPullThrough;
}

/** Says first that nobody should come any more, and ends logs last: what happens on the way is still written down. */
async function takeDown(stack: Stack): Promise<void> {
  const { access, operations, server, debug, certificates, jobs, pullThrough } = stack;
  operations.beginShutdown();
  certificates?.stop();
  await Promise.all([jobs?.stop(), server?.stop()]);
  await pullThrough?.close();
  await debug?.close();
  access?.close();
  await operations.close();
}

function openPullThrough(
  { config, store, onWarning }: ConfiguredServerOptions,
  operations: Operations,
  rules: () => RegistryRules,
): RunningPullThrough | undefined {
  if (config.upstreams.length === 0) return undefined;
  const pullThrough = createPullThrough(config.upstreams, {
    ...store,
    onWarning,
    isImmutable: (repository, tag) => rules().isImmutable(repository, tag),
    quota: (repository) => rules().quota(repository),
  });
  operations.metrics.set.collect(upstreamCollector(() => pullThrough.status()));
  return pullThrough;
}

async function listenForDebugging(
  { http, limits }: ServerConfig,
  operations: Operations,
): Promise<{ listener: Listener; host: string } | undefined> {
  if (http.debug === undefined) return undefined;
  const address = parseAddress(http.debug.address);
  const listener = await listen({
    address,
    idleMs: limits.idleMs,
    needsPeer: false,
    handle: (request) => operations.answerDebug(request),
  });
  const name = address.hostname.includes(":") ? `[${address.hostname}]` : address.hostname;
  return { listener, host: `${name}:${listener.port}` };
}
