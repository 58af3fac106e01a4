// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the Dockerfile language.
import { runOk } from "../../../outside.ts";
import { type BuildCase, unknown } from "../build-case.ts";
import { archive, capability, capableArchive, files, packed } from "./files.ts";

/** Packs `a.tar` of the context with a program of this machine. */
function compressedBy(program: string): Pick<BuildCase, "files" | "prepare"> {
  return {
    files: { "a.tar": archive },
    prepare: async (context) => {
      await runOk(["sh", "-c", `${program} -c < a.tar > a && rm a.tar`], { cwd: context });
    },
  };
}

const odd = await packed([
  { path: "./", type: "directory", mode: 0o750, uid: 3, gid: 4 },
  { path: "./x/", type: "directory", mode: 0o1777, uid: 5, gid: 6 },
  { path: "./x/pipe", type: "fifo", mode: 0o640 },
  { path: "./x/null", type: "character-device", mode: 0o666, deviceMajor: 1, deviceMinor: 3 },
  { path: "./x/disk", type: "block-device", mode: 0o660, gid: 6, deviceMajor: 259, deviceMinor: 300 },
  { path: "./x/none", text: "", mode: 0 },
  { path: "./x/huge", text: "owner", uid: 4_000_000, gid: 3_000_000 },
  { path: "./x/old", text: "old", modified: { seconds: 86_400, nanoseconds: 0 } },
  { path: "./x/exact", text: "exact", modified: { seconds: 1_234_567_890, nanoseconds: 123_456_789 } },
  { path: "./x/日本語 \n", text: "name" },
  { path: `./x/${"l".repeat(150)}/${"m".repeat(150)}`, text: "long" },
]);

const links = await packed([
  { path: "d/", type: "directory", mode: 0o755 },
  { path: "d/one", text: "1" },
  { path: "e/two", type: "hardlink", linkTarget: "d/one" },
  { path: "e/three", type: "hardlink", linkTarget: "e/two" },
  { path: "e/absolute", type: "symlink", linkTarget: "/etc/passwd", mode: 0o777 },
  { path: "e/up", type: "symlink", linkTarget: "../../../../etc", mode: 0o777 },
  { path: "e/nowhere", type: "symlink", linkTarget: "no/such", mode: 0o777 },
]);

const twice = await packed([
  { path: "f", text: "first", mode: 0o600 },
  { path: "d/", type: "directory", mode: 0o700 },
  { path: "d/x", text: "x" },
  { path: "f", text: "second", mode: 0o644 },
  { path: "d/", type: "directory", mode: 0o755, uid: 3, gid: 4 },
]);

/** ADD. */
export const addCases: readonly BuildCase[] = [
  { name: "ADD of a plain file", dockerfile: "ADD foo.go /x/", files },
  { name: "ADD of a directory", dockerfile: "ADD app /x", files },
  { name: "ADD of several", dockerfile: "ADD foo.go bar.go app/lib /x/", files },
  { name: "ADD with a pattern", dockerfile: "ADD *.go /x/", files },
  { name: "ADD --chown", dockerfile: "ADD --chown=app:web app foo.go /x/", files },
  { name: "ADD of a list", dockerfile: 'ADD ["with blank", "/a b/c"]', files: { "with blank": "x" } },
  { name: "ADD of an archive", dockerfile: "ADD a.tar /", files: { "a.tar": archive } },
  {
    name: "ADD of an archive to a new directory without a slash",
    dockerfile: "ADD a.tar /x/y",
    files: { "a.tar": archive },
  },
  {
    name: "ADD of an archive into an aged directory",
    touchesDirectories: true,
    dockerfile: "ADD a.tar /aged/below",
    files: { "a.tar": archive },
  },
  {
    name: "ADD of an archive and a file",
    dockerfile: "ADD a.tar foo.go /x/",
    files: { ...files, "a.tar": archive },
  },
  {
    name: "ADD of a compressed archive to a new directory",
    dockerfile: "ADD a /x/y",
    files: { a: Bun.gzipSync(Buffer.from(archive)) },
  },
  { name: "ADD of an archive packed by bzip2", dockerfile: "ADD a /x/", ...compressedBy("bzip2") },
  { name: "ADD of an archive packed by xz", dockerfile: "ADD a /x/", ...compressedBy("xz") },
  {
    name: "ADD of an archive packed by zstd",
    except: { classic: unknown },
    dockerfile: "ADD a /x/",
    ...compressedBy("zstd -q"),
  },
  {
    name: "ADD of a compressed file that is no archive",
    dockerfile: "ADD a.gz /x/",
    files: { "a.gz": Bun.gzipSync(Buffer.from("no archive")) },
  },
  {
    name: "ADD of an archive with --chown",
    dockerfile: "ADD --chown=5:6 a.tar /x/",
    files: { "a.tar": archive },
    except: { classic: "leaves owners as they are", buildah: "the same" },
  },
  {
    name: "ADD of what only looks like an archive",
    dockerfile: "ADD a.tar.gz /x/",
    files: { "a.tar.gz": "text" },
  },
  { name: "ADD of an empty file called tar", dockerfile: "ADD a.tar /x/", files: { "a.tar": "" } },
  {
    name: "ADD of an archive with everything that a tar has",
    except: { buildah: "the archive's root gives its mode and owner to the destination" },
    dockerfile: "ADD a.tar /x/",
    files: { "a.tar": odd },
  },
  { name: "ADD of an archive with links", dockerfile: "ADD a.tar /x/", files: { "a.tar": links } },
  { name: "ADD of an archive that has a path twice", dockerfile: "ADD a.tar /x/", files: { "a.tar": twice } },
  {
    name: "ADD of an archive with a capability",
    dockerfile: "ADD a.tar /",
    files: { "a.tar": capableArchive },
  },
  {
    name: "ADD of an archive over files and links",
    dockerfile:
      "RUN mkdir -p /x/top /x/data/old && ln -s /etc/passwd /x/top/file && touch /x/top/link /x/data/old/file /x/data/old/kept\nADD a.tar /x/",
    files: { "a.tar": archive },
  },
  {
    name: "ADD of an archive through a link of the image",
    dockerfile: "RUN mkdir -p /x/real && ln -s real /x/data && ln -s /real /x/top\nADD a.tar /x",
    files: { "a.tar": archive },
  },
  {
    name: "ADD of an archive to a link of the image",
    dockerfile: "ADD a.tar /link",
    files: { "a.tar": archive },
  },
  {
    name: "ADD of an archive with a file where the image has a directory",
    dockerfile: "RUN mkdir -p /x/f/below\nADD a.tar /x/",
    files: { "a.tar": twice },
  },
  {
    name: "ADD of an archive with owners by name",
    dockerfile: "ADD a.tar /x/",
    files: {
      "a.tar": await packed([{ path: "f", text: "x", uid: 77, gid: 78, userName: "app", groupName: "web" }]),
    },
  },
  {
    name: "ADD --unpack=false of an archive",
    dockerfile: "ADD --unpack=false a.tar /x/",
    files: { "a.tar": archive },
    except: { classic: unknown, buildah: unknown },
  },
  {
    name: "ADD of a capability over the same file",
    dockerfile: "COPY prog /cap/prog\nADD a.tar /",
    files: {
      prog: "program",
      "a.tar": await packed([{ path: "cap/prog", text: "program", mode: 0o755, xattrs: capability }]),
    },
  },
  { name: "ADD through a variable", dockerfile: "ARG F=a\nADD $F.tar /${F}x/", files: { "a.tar": archive } },
];
