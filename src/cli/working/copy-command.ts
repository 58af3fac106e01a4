import { KasaneError } from "../../lib/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { CopyIntoWorkingOptions } from "../../working/mod.ts";
import type { CommandContext } from "../command.ts";
import { bringImage } from "../containers/new-container.ts";
import type { Flag } from "../flags.ts";
import { warn } from "../messages/tell.ts";
import { registryFlags } from "../registries/connect.ts";
import { addHistoryFlag, historyTime } from "./add-history.ts";

export const copyFlags: readonly Flag[] = [
  { name: "chown", type: "string", value: "USER[:GROUP]", help: "Owner of what is copied (default: root)" },
  { name: "chmod", type: "string", value: "MODE", help: "Mode of what is copied" },
  {
    name: "from",
    type: "string",
    value: "NAME",
    help: "Copy from a working container or image instead of this machine",
  },
  { name: "contextdir", type: "string", value: "DIR", help: "Sources are paths in this directory" },
  {
    name: "ignorefile",
    type: "string",
    value: "FILE",
    help: "Patterns of what is left out of --contextdir, as in .dockerignore",
  },
  addHistoryFlag,
  { name: "quiet", short: "q", type: "boolean", help: "Do not print the digest of what was copied" },
  { name: "retry", type: "string", value: "N", help: "No effect, for buildah's sake", hidden: true },
  { name: "retry-delay", type: "string", value: "TIME", help: "No effect, for buildah's sake", hidden: true },
  ...registryFlags,
];

/** `copy` and `add`: all that differs is whether archives are unpacked. */
export async function runCopy(context: CommandContext, options: { unpack: boolean }): Promise<number> {
  const { flags, terminal, signal } = context;
  const [{ getWorkingContainer, updateWorking }, { copyIntoWorking }] = await Promise.all([
    import("../../container/mod.ts"),
    import("../../working/mod.ts"),
  ]);
  const store = await context.store();
  const [name, ...paths] = flags.arguments as [string, ...string[]];
  const container = await getWorkingContainer(store, name);
  const destination = paths.length > 1 ? paths.pop() : undefined;
  const [chown, chmod] = [flags.string("chown"), flags.string("chmod")];
  const from = await sourceOf(context, store);
  const directory = await contextOf(context);
  const { kind, digest } = await copyIntoWorking(store, container, {
    sources: paths,
    unpack: options.unpack && from === undefined,
    signal,
    onWarning: (message) => warn(terminal, message),
    ...(destination !== undefined && { destination }),
    ...(from !== undefined && { from }),
    ...(directory !== undefined && { context: directory }),
    ...(chown !== undefined && { chown }),
    ...(chmod !== undefined && { chmod }),
  });
  const hex = digest.slice(digest.indexOf(":") + 1);
  const created = historyTime(context);
  if (created !== undefined) {
    const text = `/bin/sh -c #(nop) ${options.unpack ? "ADD" : "COPY"} ${kind}:${hex}`;
    await updateWorking(store, container.id, (settings) => ({
      ...settings,
      working: {
        ...settings.working,
        history: [...settings.working.history, { created, created_by: text, empty_layer: true }],
      },
    }));
  }
  if (!flags.boolean("quiet")) terminal.out(`${hex}\n`);
  return 0;
}

/** A working container of that name, else an image, which is pulled where it is missing. */
async function sourceOf(context: CommandContext, store: LocalStore): Promise<CopyIntoWorkingOptions["from"]> {
  const name = context.flags.string("from");
  if (name === undefined) return undefined;
  const { findContainer, isWorking } = await import("../../container/mod.ts");
  const container = await findContainer(store, name);
  if (isWorking(container)) return { kind: "container", container };
  await bringImage(context, store, name, undefined, "missing");
  return { kind: "image", name, image: await store.find(name) };
}

async function contextOf({ flags }: CommandContext): Promise<CopyIntoWorkingOptions["context"]> {
  const [directory, file] = [flags.string("contextdir"), flags.string("ignorefile")];
  if (directory === undefined) {
    if (file === undefined) return undefined;
    throw new KasaneError("usage", "--ignorefile needs --contextdir", {
      hint: "its patterns are for paths in that directory",
    });
  }
  const { realpathSync } = await import("node:fs");
  const { parseIgnoreFile } = await import("../../dockerfile/mod.ts");
  const path = realpathSync(directory);
  const ignore = file === undefined ? undefined : parseIgnoreFile(await Bun.file(file).bytes(), file);
  return { kind: "directory", path, ...(ignore && { ignore }) };
}
