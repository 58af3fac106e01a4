import { isKasaneError } from "../../lib/mod.ts";
import type { FileChange, ImageDiff } from "../../look/mod.ts";
import { shortDigest } from "../../oci/mod.ts";
import type { Command } from "../command.ts";
import { jsonFlag, viewFlags, withImages } from "../images/image-viewing.ts";
import type { Terminal } from "../terminal.ts";
import { formatError } from "../text/error-output.ts";
import { humanSize } from "../text/units.ts";
import { visibleLine } from "../text/visible.ts";

/** Of diff(1): 0 equal, 1 different, 2 trouble. */
const troubleCode = 2;

export default {
  name: "image diff",
  summary: "Show what differs between two images",
  usage: "[OPTIONS] IMAGE IMAGE",
  description:
    "Files, packages (dpkg, apk and rpm), configuration and layers. The exit code is diff(1)'s: 0 when the images are equal, 1 when " +
    "they differ, 2 when that could not be found out. Times do not count, nor how files are spread over layers, unless asked for.",
  examples: [
    { call: "image diff my-app:v1 my-app:v2", what: "everything that changed" },
    { call: "image diff my-app docker://localhost:5000/my-app", what: "with what a registry has" },
    { call: "image diff --times --layers a b", what: "only equal when every byte of their layers is" },
    { call: "image diff --json a b", what: "for programs" },
  ],
  flags: [
    { name: "times", type: "boolean", help: "Times of files and of the image count as well" },
    { name: "layers", type: "boolean", help: "Other layers with the same files count as a difference" },
    { name: "quiet", short: "q", type: "boolean", help: "Print nothing: only the exit code" },
    jsonFlag,
    ...viewFlags,
  ],
  arguments: { min: 2, max: 2 },
  wrongCallCode: 125,
  onlyReads: true,
  async run(context) {
    const { flags, terminal } = context;
    try {
      return await withImages(context, { needsContents: true }, async (viewer) => {
        const { diffImages } = await import("../../look/mod.ts");
        const [from, to] = flags.arguments as [string, string];
        const [a, b] = [await viewer.open(from), await viewer.open(to)];
        const diff = await diffImages(a, b, { times: flags.boolean("times") });
        const isEqual = isSame(diff, flags.boolean("layers"));
        if (flags.boolean("json")) terminal.out(`${JSON.stringify({ isEqual, from, to, ...diff })}\n`);
        else if (!flags.boolean("quiet")) writeDiff(terminal, diff);
        return isEqual ? 0 : 1;
      });
    } catch (error) {
      if (!isKasaneError(error) || error.code === "usage" || error.code === "cancelled") throw error;
      terminal.err(formatError(error));
      return troubleCode;
    }
  },
} satisfies Command;

function isSame({ files, config, layers }: ImageDiff, countsLayers: boolean): boolean {
  const sameLayers = layers.from.length === 0 && layers.to.length === 0;
  return files.length === 0 && config.length === 0 && (sameLayers || !countsLayers);
}

function writeDiff(terminal: Pick<Terminal, "out">, diff: ImageDiff): void {
  const sections: [string, string[]][] = [
    ["Configuration", diff.config.map(({ field, from, to }) => changeLine(field, from, to))],
    [
      "Packages",
      [
        ...diff.packages.map(({ name, from, to }) => changeLine(name, from, to)),
        ...diff.unreadPackages.map(
          ({ kind, reason }) => `  (packages of ${kind} are not compared: ${visibleLine(reason)})`,
        ),
      ],
    ],
    ["Files", diff.files.map(fileLine)],
    ["Layers", layerLines(diff)],
  ];
  let isFirst = true;
  for (const [title, lines] of sections) {
    if (lines.length === 0) continue;
    terminal.out(`${isFirst ? "" : "\n"}${title}\n`);
    isFirst = false;
    terminal.out(lines.map((line) => `${line}\n`).join(""));
  }
  if (diff.files.length > 0) terminal.out(`\n${summary(diff.files)}\n`);
}

/** `+ field = value`, `- field = value`, `~ field: old → new`. */
function changeLine(field: string, from: string | undefined, to: string | undefined): string {
  if (from === undefined) return `+ ${visibleLine(field)} ${visibleLine(to!)}`;
  if (to === undefined) return `- ${visibleLine(field)} ${visibleLine(from)}`;
  return `~ ${visibleLine(field)} ${visibleLine(from)} → ${visibleLine(to)}`;
}

const marks = { added: "+", removed: "-", changed: "~" } as const;

function fileLine({ kind, path, type, fromBytes, toBytes, changes }: FileChange): string {
  const name = `${marks[kind]} ${visibleLine(path)}${type === "directory" ? "/" : ""}`;
  if (kind === "added") return type === "file" ? `${name}  ${humanSize(toBytes)}` : name;
  if (kind === "removed") return type === "file" ? `${name}  ${humanSize(fromBytes)}` : name;
  const told = changes.map(({ what, from, to }) => {
    if (what === "content")
      return fromBytes === toBytes ? "content" : `content ${humanSize(fromBytes)} → ${humanSize(toBytes)}`;
    if (what === "xattrs") return "xattrs";
    return `${what} ${visibleLine(from || "none")} → ${visibleLine(to || "none")}`;
  });
  return `${name}  ${told.join(", ")}`;
}

function layerLines({ layers: { shared, from, to } }: ImageDiff): string[] {
  if (from.length === 0 && to.length === 0) return [];
  const line = (mark: string) => (layer: (typeof from)[number]) =>
    `${mark} ${shortDigest(layer.diffId)}  ${humanSize(layer.sizeBytes, 3)}  ${visibleLine(layer.instruction)}`;
  const base = shared.length > 0 ? [`  ${shared.length} shared`] : [];
  return [...base, ...from.map(line("-")), ...to.map(line("+"))];
}

function summary(files: readonly FileChange[]): string {
  const count = (kind: FileChange["kind"]) => files.filter((file) => file.kind === kind).length;
  const bytes = files.reduce((sum, { fromBytes, toBytes }) => sum + toBytes - fromBytes, 0);
  const change = `${bytes < 0 ? "-" : "+"}${humanSize(Math.abs(bytes))}`;
  return `${count("added")} added, ${count("changed")} changed, ${count("removed")} removed, ${change}`;
}
