import type { WorkingContainer } from "../../container/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import { digestHex } from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { CommitWorkingOptions } from "../../working/mod.ts";
import type { CommandContext } from "../command.ts";
import { tell, warn } from "../messages/tell.ts";
import { commitTarget } from "./commit-target.ts";

/** `commit` of a working container: buildah's, with its output. */
export async function commitWorkingCommand(
  context: CommandContext,
  store: LocalStore,
  container: WorkingContainer,
  target: string | undefined,
): Promise<number> {
  const { flags, terminal, env } = context;
  refuseDockers(context);
  const [{ commitWorking, lostSettings }, { removeContainer }] = await Promise.all([
    import("../../working/mod.ts"),
    import("../../container/mod.ts"),
  ]);
  const format = formatOf(flags.string("format") ?? env.BUILDAH_FORMAT);
  const timestamp = secondsOf(flags.string("timestamp") ?? (env.SOURCE_DATE_EPOCH || undefined));
  const place = await commitTarget(context, store, target);
  const lost = format === "oci" ? lostSettings(container) : [];
  if (lost.length > 0)
    warn(terminal, `an OCI image has no place for ${lost.join(", ")}: --format docker keeps that`);
  const id = await commitWorking(store, container, {
    ...place,
    format,
    compression: flags.boolean("disable-compression") ? "none" : "gzip",
    squash: flags.boolean("squash"),
    omitHistory: flags.boolean("omit-history"),
    unsetEnv: flags.strings("unsetenv"),
    ...(timestamp !== undefined && { timestamp }),
  });
  const file = flags.string("iidfile");
  if (file !== undefined) {
    const { writeFileAtomically } = await import("../write-file.ts");
    await writeFileAtomically(file, [new TextEncoder().encode(id)]);
  }
  if (flags.boolean("rm")) await removeContainer(store, container);
  if (place.deliver === undefined && file === undefined) terminal.out(`${digestHex(id)}\n`);
  else if (!flags.boolean("quiet") && place.deliver !== undefined)
    tell(terminal, `Committed ${container.name} to ${target}`);
  return 0;
}

/** What docker's commit does to a container is `config`'s to do here. */
function refuseDockers({ flags }: CommandContext): void {
  const given = [...flags.strings("change"), flags.string("author"), flags.string("message")];
  if (given.every((value) => value === undefined)) return;
  throw new KasaneError("usage", "--change, --author and --message are for containers of 'run'", {
    hint: "say it with config first: config --author NAME, --history-comment TEXT, --cmd COMMAND",
    data: { exitCode: 125 },
  });
}

function formatOf(text: string | undefined): CommitWorkingOptions["format"] {
  if (text === undefined || text === "" || text === "oci") return "oci";
  if (text === "docker" || text === "v2s2") return "docker";
  throw new KasaneError("usage", `unrecognized image type ${JSON.stringify(text)}`, {
    hint: "oci or docker",
    data: { exitCode: 125 },
  });
}

function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,11}$/.test(text)) return Number(text);
  throw new KasaneError("usage", `a timestamp is seconds since 1970, not ${JSON.stringify(text)}`, {
    hint: "for example 'date +%s' prints the one of now",
    data: { exitCode: 125 },
  });
}
