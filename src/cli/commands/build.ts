import type { BuildContext, BuildOptions, DockerfileSelection } from "../../build/mod.ts";
import type { Platform } from "../../oci/mod.ts";
import { buildCall, buildFlags, progressKind, timestampOf, wantedPlatforms } from "../build/build-flags.ts";
import { buildInput } from "../build/build-input.ts";
import { buildProgress } from "../build/build-progress.ts";
import { refuseForeign } from "../build/foreign-flags.ts";
import { givenBuildArgs, imageOptions } from "../build/image-flags.ts";
import { logTerminal } from "../build/log-file.ts";
import { pairs } from "../build/name-values.ts";
import { baseResolver } from "../build/resolve-base.ts";
import { runSurroundings } from "../build/run-flags.ts";
import { sandboxWhenNeeded } from "../build/sandbox-when-needed.ts";
import type { Command, CommandContext } from "../command.ts";
import { type ParsedFlags, usage } from "../flags.ts";
import { warn } from "../messages/tell.ts";

export default {
  name: "build",
  summary: "Build an image from a Dockerfile",
  usage: "[OPTIONS] PATH|URL|-",
  description:
    "PATH is the build context. URL is a git repository (https://example.com/repo.git#branch:directory), or an archive or a Dockerfile to be downloaded. With -, standard input is a Dockerfile, or a tar of the whole context. The same context, base and arguments give the same digest.",
  examples: [
    { call: "build -t my-app:v1 .", what: "the Dockerfile of this directory" },
    {
      call: "build -f docker/Dockerfile.prod --build-arg VERSION=1.2 -t my-app .",
      what: "another file, and an argument",
    },
    { call: "build --target builder -t my-app:builder .", what: "one stage" },
    { call: "build -t tool - < Dockerfile", what: "without a context" },
    {
      call: "build https://example.com/app.git#v1.2:web",
      what: "a directory of a repository, at a tag",
    },
    {
      call: "build --build-context assets=../assets .",
      what: "COPY --from=assets reads from there",
    },
    { call: "build --check .", what: "what could be better in the Dockerfile; builds nothing" },
  ],
  flags: buildFlags,
  arguments: { min: 0, max: 1 },
  needsPrivilege: "where-possible",
  async run(context) {
    const { flags, terminal, env, signal } = context;
    const { build, maxSecretBytes } = await import("../../build/mod.ts");
    refuseForeign(flags);
    const buildArgs = await givenBuildArgs(flags, env);
    const secrets = await givenSecrets(flags, env, maxSecretBytes);
    const contexts = await givenContexts(flags);
    await using agents = await givenAgents(flags, env);
    const given = {
      ...(secrets && { secrets }),
      ...(contexts && { contexts }),
      ...(agents && { sshAgents: agents.sockets }),
      ...(await givenLimits(env)),
    };
    const call = buildCall(flags);
    if (call.method !== "build") {
      const { answerCall } = await import("../build/build-check.ts");
      const { from, ignoreFile } = imageOptions(flags, env);
      return answerCall(context, call, {
        ...(await buildInput(context)),
        ...given,
        ...{ buildArgs, from, ignoreFile },
      });
    }
    const store = await context.store();
    const quiet = flags.boolean("quiet");
    const input = await buildInput(context);
    const log = logTerminal(terminal, flags.string("logfile"));
    const progress = await buildProgress(log, quiet ? "quiet" : progressKind(flags));
    const platforms = await givenPlatforms(context, input, buildArgs);
    const timestamp = timestampOf(
      flags.string("timestamp") ?? flags.string("source-date-epoch") ?? env.SOURCE_DATE_EPOCH,
    );
    const caches = await givenCaches(context, buildArgs);
    const outputs = await openedOutputs(context, input, () => progress.end());
    try {
      const result = await build({
        store,
        ...input,
        tags: outputs.tags,
        buildArgs,
        labels: pairs(flags.strings("label"), {}, ""),
        sandbox: sandboxWhenNeeded({ onWarning: (message) => warn(terminal, message) }),
        resolveBase: baseResolver(context, store),
        progress: progress.listener,
        signal,
        ...given,
        ...imageOptions(flags, env),
        ...(await runSurroundings(context, async () => store)),
        ...(await powers(flags)),
        noCache: flags.boolean("no-cache"),
        noCacheFilter: flags.strings("no-cache-filter").flatMap((names) => names.split(",")),
        explain: flags.boolean("explain") || flags.string("progress") === "json",
        ...(flags.string("target") !== undefined && { target: flags.string("target")! }),
        platforms,
        ...(timestamp !== undefined && { timestamp }),
        ...(flags.boolean("debug") &&
          (await import("../build/debug-shell.ts")).debugShell(context, progress)),
        ...caches,
        cacheLimitBytes: await cacheLimit(env.KASANE_CACHE_SIZE, store.root),
        ...outputs.options,
        outputs: outputs.outputs,
        ...(flags.number("jobs") !== undefined && { jobs: flags.number("jobs")! }),
      });
      progress.end({ result, names: outputs.names });
      const { tellResult } = await import("../build/tell-result.ts");
      return await tellResult(context, result, outputs);
    } catch (error) {
      progress.end();
      throw error;
    }
  },
} satisfies Command;

/** What is wrong with them is told before anything is built. */
async function openedOutputs(
  context: CommandContext,
  input: { readonly context: BuildContext },
  begin: () => void,
) {
  const { openOutputs } = await import("../build/open-outputs.ts");
  const directory = input.context.kind === "directory" ? input.context.path : undefined;
  return openOutputs(context, { contextDirectory: directory, begin });
}

/** `KASANE_CACHE_SIZE`, else a tenth of the file system, at least 2 GB. */
async function cacheLimit(text: string | undefined, root: string): Promise<number> {
  if (text === undefined || text === "") {
    const { statfsSync } = await import("node:fs");
    const { blocks, bsize } = statfsSync(root);
    return Math.max(2e9, Math.floor((blocks * bsize) / 10));
  }
  if (text === "unlimited") return Number.POSITIVE_INFINITY;
  const { parseSize } = await import("../../lib/mod.ts");
  return parseSize(text);
}

async function givenPlatforms(
  context: CommandContext,
  input: { readonly context: BuildContext; readonly dockerfile?: DockerfileSelection },
  buildArgs: Readonly<Record<string, string>>,
): Promise<Platform[]> {
  const wanted = wantedPlatforms(context.flags);
  if (!context.flags.boolean("all-platforms")) return wanted;
  if (wanted.length > 0) throw usage("--all-platforms and --platform cannot both be given", "build");
  return (await import("../build/all-platforms.ts")).allPlatforms(context, input, buildArgs);
}

async function givenCaches(context: CommandContext, buildArgs: Readonly<Record<string, string>>) {
  const { flags } = context;
  const isAsked = flags.strings("cache-from").length + flags.strings("cache-to").length > 0;
  if (!isAsked && !buildArgs.BUILDKIT_INLINE_CACHE) return {};
  return (await import("../build/open-caches.ts")).openCaches(context, buildArgs);
}

async function givenLimits(env: CommandContext["env"]): Promise<Pick<BuildOptions, "gitLimits">> {
  if (!env.KASANE_GIT_TIMEOUT && !env.KASANE_GIT_SIZE) return {};
  return { gitLimits: (await import("../build/git-limits.ts")).gitLimits(env) };
}

async function givenSecrets(flags: ParsedFlags, env: CommandContext["env"], limitBytes: number) {
  const texts = flags.strings("secret");
  if (texts.length === 0) return undefined;
  return (await import("../build/build-secrets.ts")).readSecrets(texts, env, limitBytes);
}

/** `--network host` says the same as `--allow network.host`; networks that lead outwards are this machine's. */
async function powers(flags: ParsedFlags): Promise<Pick<BuildOptions, "allow" | "deviceGrants" | "network">> {
  const { isDeviceGrant, noDevices, parseDeviceGrant, parseEntitlement } = await import("../../build/mod.ts");
  const network = networkWord(flags.string("network"));
  const texts = flags.strings("allow");
  const allow = new Set(texts.filter((text) => !isDeviceGrant(text)).map(parseEntitlement));
  if (network === "host") allow.add("network.host");
  const deviceGrants = texts
    .filter(isDeviceGrant)
    .reduce((grants, text) => parseDeviceGrant(text, grants), noDevices);
  return { allow, deviceGrants, ...((network === "host" || network === "none") && { network }) };
}

/** @throws KasaneError `usage` */
function networkWord(text: string | undefined): "host" | "none" | undefined {
  if (text === undefined || text === "host" || text === "none") return text;
  if (/^(default|bridge|private|(slirp4netns|pasta)(:.*)?|)$/.test(text)) return undefined;
  throw usage(`RUN cannot be in the network ${JSON.stringify(text)}`, "build", {
    hint: "one of host, none and default; containers have networks: kasane run --network",
  });
}

async function givenContexts(flags: ParsedFlags) {
  const texts = flags.strings("build-context");
  if (texts.length === 0) return undefined;
  return (await import("../build/build-contexts.ts")).namedContexts(texts);
}

/** For the contexts themselves, as buildx does. */
async function usesAgent(flags: ParsedFlags): Promise<boolean> {
  const texts = [
    ...flags.arguments,
    ...flags.strings("build-context").map((text) => text.slice(text.indexOf("=") + 1)),
  ];
  return (
    texts.some((text) => text.includes("@")) && (await import("../build/build-contexts.ts")).usesSsh(texts)
  );
}

async function givenAgents(flags: ParsedFlags, env: CommandContext["env"]) {
  const texts = [...flags.strings("ssh")];
  const isGiven = texts.some((text) => /^default(=|$)/.test(text));
  if (!isGiven && env.SSH_AUTH_SOCK && (await usesAgent(flags))) texts.push("default");
  return texts.length === 0 ? undefined : (await import("../build/build-ssh.ts")).openAgents(texts, env);
}
