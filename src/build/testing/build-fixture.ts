import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { decompress } from "../../layer/mod.ts";
import { collect } from "../../lib/mod.ts";
import { type LocalStore, openLocalStore } from "../../store/mod.ts";
import { readTar } from "../../tar/mod.ts";
import { build } from "../build.ts";
import type { BuildOptions, BuildResult } from "../options.ts";
import type { BuildEvent } from "../progress.ts";

/** A file's content; a directory (`{}`), a link, or a file with a mode. */
export type ContextFile =
  | string
  | Uint8Array
  | { readonly link: string }
  | {
      readonly content?: string | Uint8Array;
      /** latin1: the text is bytes, for what goes through JSON. */
      readonly encoding?: "latin1";
      readonly mode: number;
    }
  | { readonly directory: number };

export type ContextFiles = Readonly<Record<string, ContextFile>>;

/** A store and a build context of its own for one test. */
export interface BuildFixture extends AsyncDisposable {
  readonly directory: string;
  readonly context: string;
  readonly store: LocalStore;
  /** What the last build told. */
  readonly events: readonly BuildEvent[];
  write(files: ContextFiles): void;
  build(dockerfile: string, options?: Partial<BuildOptions>): Promise<BuildResult>;
}

export async function buildFixture(files: ContextFiles = {}): Promise<BuildFixture> {
  const directory = mkdtempSync(join(memoryDirectory() ?? tmpdir(), "kasane-build-"));
  const context = join(directory, "context");
  mkdirSync(context);
  const store = await openLocalStore(join(directory, "store"));
  const events: BuildEvent[] = [];
  const fixture: BuildFixture = {
    directory,
    context,
    store,
    events,
    write: (more) => writeFiles(context, more),
    build(dockerfile, options = {}) {
      events.length = 0;
      return build({
        store,
        context: { kind: "directory", path: context },
        dockerfile: { kind: "text", text: dockerfile },
        progress: (event) => events.push(event),
        ...options,
      });
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  fixture.write(files);
  return fixture;
}

/** Builds sync what they write to disk; in memory that costs nothing. */
function memoryDirectory(): string | undefined {
  try {
    accessSync("/dev/shm", constants.W_OK);
    return "/dev/shm";
  } catch {
    return undefined;
  }
}

/** Puts files into a directory; parents are made. */
export function writeFiles(context: string, files: ContextFiles): void {
  for (const [path, file] of Object.entries(files)) {
    const place = join(context, path);
    mkdirSync(dirname(place), { recursive: true });
    if (typeof file === "string" || file instanceof Uint8Array) {
      writeFileSync(place, file);
      chmodSync(place, 0o644);
    } else if ("link" in file) symlinkSync(file.link, place);
    else if ("directory" in file) {
      mkdirSync(place, { recursive: true });
      chmodSync(place, file.directory);
    } else {
      writeFileSync(place, file.content ?? "", { encoding: file.encoding ?? "utf8" });
      chmodSync(place, file.mode);
    }
  }
}

/** Entries of each layer as lines: `d 755 0:0 etc`, `f 644 0:0 etc/x "content"`, `l etc/y -> x`, with the time where it is not 0. */
export async function layerLines(store: LocalStore, image: BuildResult): Promise<string[][]> {
  const layers: string[][] = [];
  for (const layer of image.manifest.layers) {
    const lines: string[] = [];
    for await (const member of readTar(decompress(await store.blobs.open(layer.digest)))) {
      const path = member.path.replace(/\/$/, "");
      const owner = `${member.mode.toString(8)} ${member.uid}:${member.gid} ${path}`;
      const time = member.modified.seconds === 0 ? "" : ` @${member.modified.seconds}`;
      if (member.type === "file") {
        const content = new TextDecoder().decode(await collect(member.content(), 1_000_000, path));
        lines.push(`f ${owner} ${JSON.stringify(content)}${time}`);
      } else if (member.type === "symlink") lines.push(`l ${path} -> ${member.linkTarget}${time}`);
      else if (member.type === "hardlink") lines.push(`h ${path} => ${member.linkTarget}`);
      else lines.push(`${member.type[0]} ${owner}${time}`);
    }
    layers.push(lines);
  }
  return layers;
}
