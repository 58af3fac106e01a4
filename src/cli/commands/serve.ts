import { formatDuration, messageOf } from "../../lib/mod.ts";
import type { ConfiguredServer, LoadedConfig, ServedStore, ServerConfig } from "../../server/mod.ts";
import type { Command, CommandContext } from "../command.ts";
import { usage } from "../flags.ts";
import { say } from "../messages/say.ts";
import { warn } from "../messages/tell.ts";

export default {
  name: "serve",
  summary: "Serve a registry over HTTP",
  usage: "[OPTIONS] [CONFIG.yml]",
  description:
    "CONFIG.yml is the configuration of registry:2 and registry:3, with keys of Kasane's own below `kasane`; REGISTRY_ variables override it. Without one, the registry is for this machine alone and keeps its repositories in the same store as the local images. SIGHUP reads the configuration again.",
  examples: [
    { call: "serve", what: "a registry on 127.0.0.1:5000" },
    { call: "--root ./registry serve --addr 127.0.0.1:5001", what: "with a store and port of its own" },
    { call: "serve --check config.yml", what: "look whether a configuration can be served" },
  ],
  flags: [
    {
      name: "addr",
      type: "string",
      value: "HOST:PORT",
      help: "Where to listen (default 127.0.0.1:5000; port 0 takes a free one)",
    },
    { name: "tls-cert", type: "string", value: "FILE", help: "Certificate chain, PEM: serves HTTPS" },
    { name: "tls-key", type: "string", value: "FILE", help: "Its private key, PEM" },
    {
      name: "check",
      type: "boolean",
      help: "Only look whether the configuration can be served: ends with 0 or 1",
    },
    { name: "quiet", short: "q", type: "boolean", help: "No access log and no notices" },
  ],
  arguments: { min: 0, max: 1 },
  async run(context) {
    const loaded = await load(context);
    if (context.flags.boolean("check")) return check(context, loaded);
    const { startConfiguredServer, foreignStoreHint } = await import("../../server/mod.ts");
    const { terminal, signal } = context;
    const { level } = loaded.config.logs;
    const logWarning = (message: string) => {
      if (level !== "error") terminal.err(`warning: ${message}\n`);
    };
    const notice = (message: string) => {
      if (!context.flags.boolean("quiet") && (level === "info" || level === "debug"))
        terminal.err(`${message}\n`);
    };
    for (const warning of loaded.warnings) logWarning(warning);
    const { store, close } = await openStore(context, loaded.config);
    try {
      const hint = await foreignStoreHint(store);
      if (hint) logWarning(hint);
      const server = await startConfiguredServer({
        config: loaded.config,
        store,
        onWarning: logWarning,
        onNotice: notice,
        onError: (message) => terminal.err(`error: ${message}\n`),
      });
      terminal.out(`listening on ${server.url}\n`);
      if (server.debugHost) terminal.out(`health and metrics on http://${server.debugHost}\n`);
      await serveUntil(signal, () => reload(context, server));
      notice(`stopping: what is under way has ${formatDuration(loaded.config.http.drainTimeoutMs)} to end`);
      await server.stop();
    } finally {
      await close();
    }
    return 0;
  },
} satisfies Command;

/** File, variables, and flags over both. */
async function load({ flags, env }: CommandContext): Promise<LoadedConfig> {
  const { loadServerConfig } = await import("../../server/mod.ts");
  const path = flags.arguments[0] ?? env.REGISTRY_CONFIGURATION_PATH;
  const loaded = await loadServerConfig({ ...(path ? { path } : {}), env });
  const [certificatePath, keyPath] = [flags.string("tls-cert"), flags.string("tls-key")];
  if ((certificatePath === undefined) !== (keyPath === undefined)) {
    throw usage("--tls-cert and --tls-key go together", "serve");
  }
  const { http, logs } = loaded.config;
  const config: ServerConfig = {
    ...loaded.config,
    http: {
      ...http,
      ...(flags.string("addr") === undefined ? {} : { address: flags.string("addr")! }),
      ...(certificatePath && keyPath
        ? {
            tls: {
              clientCaPaths: [],
              clientAuth: "require-and-verify",
              minimumVersion: "TLSv1.2",
              ...http.tls,
              certificatePath,
              keyPath,
            },
          }
        : {}),
    },
    logs: { ...logs, isAccessLogEnabled: logs.isAccessLogEnabled && !flags.boolean("quiet") },
  };
  return { ...loaded, config };
}

/** The directory that the configuration names, memory, or the local store. */
async function openStore(
  { store }: CommandContext,
  { root, isInMemory }: ServerConfig,
): Promise<{ store: ServedStore; close(): Promise<void> }> {
  if (isInMemory) {
    const [{ openMemoryBlobs }, { openSqliteMeta }] = await Promise.all([
      import("../../blob/mod.ts"),
      import("../../meta/mod.ts"),
    ]);
    const meta = openSqliteMeta(":memory:");
    return { store: { blobs: openMemoryBlobs(), meta }, close: () => meta.close() };
  }
  if (root === undefined) return { store: await store(), close: async () => {} };
  const { openLocalStore } = await import("../../store/mod.ts");
  const own = await openLocalStore(root);
  return { store: own, close: () => own.close() };
}

function serveUntil(signal: AbortSignal, onHangUp: () => void): Promise<void> {
  return new Promise((resolve) => {
    process.on("SIGHUP", onHangUp);
    const end = () => {
      process.off("SIGHUP", onHangUp);
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}

async function reload(context: CommandContext, server: ConfiguredServer): Promise<void> {
  const { terminal } = context;
  try {
    const { config, warnings } = await load(context);
    for (const warning of warnings) terminal.err(`warning: ${warning}\n`);
    await server.reload(config);
    terminal.err("the configuration was read again\n");
  } catch (error) {
    terminal.err(`warning: the former configuration stays in use: ${messageOf(error)}\n`);
  }
}

async function check(context: CommandContext, { config, warnings, settings }: LoadedConfig): Promise<number> {
  const { terminal } = context;
  const { checkServerConfig, shownSettings } = await import("../../server/mod.ts");
  const found = await checkServerConfig(config, { root: config.root ?? (await context.root()) });
  for (const line of shownSettings(settings)) terminal.out(`${line}\n`);
  for (const fact of found.facts) terminal.out(`${fact}\n`);
  for (const warning of [...warnings, ...found.warnings]) warn(terminal, warning);
  for (const problem of found.problems) terminal.err(`${say("error")}: ${say(problem)}\n`);
  return found.problems.length > 0 ? 1 : 0;
}
