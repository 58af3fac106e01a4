import type { BuildContext, DockerfileSelection } from "../../build/mod.ts";
import { isKasaneError } from "../../lib/mod.ts";
import { formatReference, type Platform, type Reference, withDefaultTag } from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import {
  buildFlags,
  canonicalTag,
  pairs,
  platformList,
  progressKind,
  timestampOf,
  wantsCheck,
} from "../build/build-flags.ts";
import { buildProgress } from "../build/build-progress.ts";
import { sandboxWhenNeeded } from "../build/sandbox-when-needed.ts";
import { readBuildInput } from "../build/stdin-context.ts";
import type { Command, CommandContext } from "../command.ts";
import { registryClients } from "../connect.ts";
import { type ParsedFlags, usage } from "../flags.ts";
import { warn } from "../messages/tell.ts";

export default {
  name: "build",
  summary: "Build an image from a Dockerfile",
  usage: "[OPTIONS] PATH|-",
  description:
    "PATH is the build context. With -, standard input is a Dockerfile, or a tar of the whole context. The same context, base and arguments give the same digest.",
  examples: [
    { call: "build -t my-app:v1 .", what: "the Dockerfile of this directory" },
    {
      call: "build -f docker/Dockerfile.prod --build-arg VERSION=1.2 -t my-app .",
      what: "another file, and an argument",
    },
    { call: "build --target builder -t my-app:builder .", what: "one stage" },
    { call: "build -t tool - < Dockerfile", what: "without a context" },
    { call: "build --check .", what: "what could be better in the Dockerfile; builds nothing" },
  ],
  flags: buildFlags,
  arguments: { min: 1, max: 1 },
  needsPrivilege: "where-possible",
  async run(context) {
    const { flags, terminal, env, signal } = context;
    if (wantsCheck(flags)) {
      const { checkOnly } = await import("../build/build-check.ts");
      return checkOnly(context, {
        ...(await buildInput(context)),
        buildArgs: pairs(flags.strings("build-arg"), env),
      });
    }
    const { build, maxSecretBytes } = await import("../../build/mod.ts");
    const secrets = await givenSecrets(flags, env, maxSecretBytes);
    await using agents = await givenAgents(flags, env);
    const store = await context.store();
    const quiet = flags.boolean("quiet");
    const input = await buildInput(context);
    const progress = await buildProgress(terminal, quiet ? "quiet" : progressKind(flags));
    const timestamp = timestampOf(
      flags.string("timestamp") ?? flags.string("source-date-epoch") ?? env.SOURCE_DATE_EPOCH,
    );
    const outputs = await openedOutputs(context, input, () => progress.end());
    try {
      const result = await build({
        store,
        ...input,
        tags: flags.strings("tag").map(canonicalTag),
        buildArgs: pairs(flags.strings("build-arg"), env),
        labels: pairs(flags.strings("label"), {}, ""),
        sandbox: sandboxWhenNeeded({ onWarning: (message) => warn(terminal, message) }),
        resolveBase: baseResolver(context, store),
        progress: progress.listener,
        signal,
        ...(secrets && { secrets }),
        ...(agents && { sshAgents: agents.sockets }),
        noCache: flags.boolean("no-cache"),
        noCacheFilter: flags.strings("no-cache-filter").flatMap((names) => names.split(",")),
        explain: flags.boolean("explain") || flags.string("progress") === "json",
        ...(flags.string("target") !== undefined && { target: flags.string("target")! }),
        platforms: platformList(flags.strings("platform")),
        ...(timestamp !== undefined && { timestamp }),
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
  const tags = context.flags.strings("tag").map(canonicalTag);
  return openOutputs(context, { tags, contextDirectory: directory, begin });
}

async function givenSecrets(flags: ParsedFlags, env: CommandContext["env"], limitBytes: number) {
  const texts = flags.strings("secret");
  if (texts.length === 0) return undefined;
  return (await import("../build/build-secrets.ts")).readSecrets(texts, env, limitBytes);
}

async function givenAgents(flags: ParsedFlags, env: CommandContext["env"]) {
  const texts = flags.strings("ssh");
  return texts.length === 0 ? undefined : (await import("../build/build-ssh.ts")).openAgents(texts, env);
}

/** What is built: directory, tar or nothing, and the Dockerfile of it. */
async function buildInput({
  flags,
}: CommandContext): Promise<{ context: BuildContext; dockerfile?: DockerfileSelection }> {
  const path = flags.arguments[0]!;
  const file = flags.string("file");
  if (path === "-") {
    if (file === "-")
      throw usage("the context and the Dockerfile cannot both come from standard input", "build");
    const input = await readBuildInput(Bun.stdin.stream());
    if (input.kind === "dockerfile") {
      return { context: { kind: "none" }, dockerfile: { kind: "text", text: input.bytes } };
    }
    return {
      context: { kind: "tar", stream: input.stream },
      ...(file !== undefined && { dockerfile: { kind: "path" as const, path: file } }),
    };
  }
  const context = { kind: "directory", path } as const;
  if (file === undefined) return { context };
  if (file === "-") {
    return { context, dockerfile: { kind: "text", text: await Bun.stdin.bytes() } };
  }
  return { context, dockerfile: { kind: "path", path: file } };
}

/** The store first, as docker does; a registry where the image is not here, or with --pull. */
function baseResolver(context: CommandContext, store: LocalStore) {
  const { flags, terminal } = context;
  return async (
    reference: Reference,
    { platform, signal }: { readonly platform?: Platform; readonly signal?: AbortSignal },
  ) => {
    const name = formatReference(withDefaultTag(reference));
    const find = () => store.find(name, platform ? { platform } : {});
    if (!flags.boolean("pull")) {
      try {
        return await find();
      } catch (error) {
        if (!isKasaneError(error, "not-found")) throw error;
      }
    }
    const { pullImage } = await import("../../sync/mod.ts");
    const isQuiet = flags.boolean("quiet");
    const onWait = (host: string, text: string) => terminal.err(`${host}: retrying ${text}\n`);
    const client = (await registryClients(flags, isQuiet ? {} : { onWait }))(reference.host);
    if (!isQuiet) terminal.err(`pulling ${name}\n`);
    await pullImage(store, client, reference, {
      ...(platform && { platform }),
      signal: signal ?? context.signal,
    });
    return find();
  };
}
