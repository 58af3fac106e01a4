import type { Container } from "../../container/mod.ts";
import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import type { Command, CommandContext } from "../command.ts";
import { splitContainerPath } from "../containers/container-path.ts";
import { inUserNamespaceOf } from "../containers/in-user-namespace.ts";
import { viewFlags } from "../images/image-viewing.ts";
import { warn } from "../messages/tell.ts";
import { standardInput } from "../standard-input.ts";
import { humanSize } from "../text/units.ts";
import { toDestination } from "./cp-destination.ts";
import { copyFromImage } from "./cp-from-image.ts";

export default {
  name: "cp",
  summary: "Copy files between a container and this machine, or out of an image",
  usage: "[OPTIONS] CONTAINER:PATH|IMAGE:/PATH DEST|-   or   SOURCE|- CONTAINER:PATH",
  description:
    "Into a directory that is there, a thing goes under its own name, else under the new name; DIR/. is what is in the directory. - is a tar on standard input or output. What is no container is an image, as ls takes it: of the store, a registry or a file.",
  examples: [
    { call: "cp my-container:/etc/nginx/nginx.conf .", what: "out of a container, also one that has ended" },
    {
      call: "cp ./site/. my-container:/usr/share/nginx/html",
      what: "what is in a directory, into one that may run",
    },
    { call: "cp my-container:/var/log - | tar t", what: "as a tar" },
    { call: "cp - my-container:/srv < files.tar", what: "a tar, unpacked inside" },
    { call: "cp my-app:v1:/srv/config.yml .", what: "out of an image, without a container" },
    { call: "cp docker://localhost:5000/my-app:/usr/share/doc ./doc", what: "out of a registry's image" },
  ],
  flags: [
    {
      name: "archive",
      short: "a",
      type: "boolean",
      help: "What comes out keeps its owner; out of an image, xattrs too",
    },
    {
      name: "follow-link",
      short: "L",
      type: "boolean",
      help: "Copy what a link as SOURCE leads to, not the link",
    },
    { name: "quiet", short: "q", type: "boolean", help: "Say nothing of success" },
    ...viewFlags,
  ],
  arguments: { min: 2, max: 2 },
  onlyReads: (flags) => splitContainerPath(flags.arguments[1]!) === undefined,
  async run(context) {
    const [source, destination] = context.flags.arguments as [string, string];
    if (source === "") throw wrong("source can not be empty");
    if (destination === "") throw wrong("destination can not be empty");
    const [from, to] = [splitContainerPath(source), splitContainerPath(destination)];
    const image = to === undefined ? await imageSource(context, source) : undefined;
    if (image !== undefined) {
      await copyFromImage(context, image, destination).catch(async (error) => {
        throw await withNearContainer(context, image.image, error);
      });
      return 0;
    }
    if (from && to)
      throw wrong(
        "copying between containers is not supported",
        "copy to this machine first, or pipe one cp into another with -",
      );
    if (!from && !to) throw wrong("one of the two must be in a container", "write it CONTAINER:PATH");
    const { getContainer } = await import("../../container/mod.ts");
    const { name, path } = (from ?? to)!;
    if (path === "") throw wrong(`the path in ${name} can not be empty`, "write it CONTAINER:PATH");
    const container = await getContainer(await context.store(), name);
    const code = await inUserNamespaceOf(container);
    if (code !== undefined) return code;
    if (from) await copyOut(context, container, from.path, destination);
    else await copyIn(context, container, source, to!.path);
    return 0;
  },
} satisfies Command;

/** `IMAGE:/PATH` where no container has that name; one can only have it where it has neither tag nor slash. */
async function imageSource(
  context: CommandContext,
  source: string,
): Promise<{ image: string; path: string } | undefined> {
  if (/^[./]/.test(source)) return undefined;
  const { splitImagePath } = await import("../../look/mod.ts");
  const { image, path } = splitImagePath(source);
  if (path === undefined) return undefined;
  const { findContainer, isContainerName } = await import("../../container/mod.ts");
  if (isContainerName(image) && (await findContainer(await context.store(), image))) return undefined;
  return { image, path };
}

/** What no registry has may have been meant as a container. */
async function withNearContainer(context: CommandContext, name: string, error: unknown): Promise<unknown> {
  if (!isKasaneError(error) || error.data.host === undefined) return error;
  const { closest } = await import("../../lib/near-word.ts");
  const containers = await (await context.store()).meta.containers.list();
  const near = closest(
    name,
    containers.map((container) => container.name),
  );
  if (near === undefined) return error;
  const hint = `did you mean the container ${near}?`;
  return new KasaneError(error.code, error.message, { hint, data: error.data, cause: error });
}

async function copyOut(
  context: CommandContext,
  container: Container,
  path: string,
  destination: string,
): Promise<void> {
  const { flags, terminal, store, signal } = context;
  const { copyFromContainer, readFromContainer } = await import("../../container/mod.ts");
  const options = optionsOf(context);
  if (destination !== "-") {
    const local = await store();
    const sizeBytes = await toDestination(destination, () =>
      copyFromContainer(local, container, path, destination, options),
    );
    return tell(context, sizeBytes, destination);
  }
  if (terminal.isOutTty) throw wrong("refusing to write a tar to a terminal", "redirect the output");
  const write = async (tar: AsyncIterable<Uint8Array>) => {
    for await (const chunk of tar) {
      signal.throwIfAborted();
      await terminal.outBytes(chunk);
    }
  };
  await readFromContainer(await store(), container, path, write, {
    followLink: flags.boolean("follow-link"),
  });
}

async function copyIn(
  context: CommandContext,
  container: Container,
  source: string,
  path: string,
): Promise<void> {
  const [{ copyToContainer, unpackToContainer }, { unpackOuter }] = await Promise.all([
    import("../../container/mod.ts"),
    import("../../image/mod.ts"),
  ]);
  const local = await context.store();
  const options = optionsOf(context);
  if (source === "-")
    await unpackToContainer(local, container, unpackOuter(standardInput(context.signal)), path, options);
  else {
    const sizeBytes = await copyToContainer(local, container, source, path, options);
    tell(context, sizeBytes, `${container.name}:${path}`);
  }
}

function optionsOf({ flags, terminal, signal }: CommandContext) {
  return {
    followLink: flags.boolean("follow-link"),
    keepOwner: flags.boolean("archive"),
    signal,
    warn: (message: string) => warn(terminal, message),
  };
}

/** As docker does, only to somebody who looks. */
function tell({ flags, terminal }: CommandContext, sizeBytes: number, destination: string): void {
  if (!terminal.isErrTty || flags.boolean("quiet")) return;
  terminal.err(`Successfully copied ${humanSize(sizeBytes, 3)} to ${destination}\n`);
}

function wrong(message: string, hint?: string): KasaneError {
  return new KasaneError("usage", message, { data: { exitCode: 1 }, ...(hint && { hint }) });
}
