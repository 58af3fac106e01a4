import type { ContextFiles } from "../../../../src/build/testing/build-fixture.ts";
import type { BuildCase } from "../build-case.ts";
import { files, project } from "./files.ts";

/** Their matchers are older, and take stars in the middle otherwise. */
const older = { classic: "has an older matcher", buildah: "has an older matcher" };
const itself = ".dockerignore\nDockerfile\n";
const ignoring = (text: string, more: ContextFiles = project): Pick<BuildCase, "dockerfile" | "files"> => ({
  dockerfile: "COPY . /c/",
  files: { ...more, ".dockerignore": itself + text },
});

/** What .dockerignore hides. */
export const ignoreFileCases: readonly BuildCase[] = [
  { name: ".dockerignore", ...ignoring("# note\n*.go\n!bar.go\napp/*\n!app/lib\n**/b.js\nout\n", files) },
  {
    name: ".dockerignore itself and the Dockerfile",
    except: { classic: "docker's client writes the file anew" },
    dockerfile: "COPY . /c/",
    files: { ...files, ".dockerignore": "out\n" },
  },
  { name: ".dockerignore with names at any depth", ...ignoring("**/*.md\n**/deep\n") },
  { name: ".dockerignore with a star at one depth", ...ignoring("*/*.md\nsrc/*/one*\n") },
  { name: ".dockerignore with slashes and dots", ...ignoring("/docs/\n./src/lib/../index.ts\nREADME.md/\n") },
  { name: ".dockerignore with everything but", ...ignoring("*\n!src\n") },
  { name: ".dockerignore with everything but a deep file", ...ignoring("**\n!src/lib/deep/two.ts\n") },
  {
    name: ".dockerignore, the last pattern counts",
    ...ignoring("*.md\n!README.md\nREAD*\n!**/a.md\ndocs/a.md\n"),
  },
  {
    name: ".dockerignore with blanks, empty lines and comments",
    ...ignoring("\n  docs  \n\n# src\n #package.json\n"),
  },
  {
    name: ".dockerignore with classes and question marks",
    ...ignoring("docs/[ab].?d\nsrc/lib/one.????.ts\n[!a-oq-z]ackage.json\n"),
  },
  {
    name: ".dockerignore with escapes",
    ...ignoring("a\\*b\n\\#c\n", { "a*b": "1", aXb: "2", "#c": "3", c: "4" }),
  },
  {
    name: ".dockerignore with a mark at its beginning",
    dockerfile: "COPY . /c/",
    files: { ...project, ".dockerignore": `\ufeffdocs\n${itself}` },
  },
  {
    name: ".dockerignore as on Windows",
    dockerfile: "COPY . /c/",
    files: { ...project, ".dockerignore": "docs\r\n.dockerignore\r\nDockerfile\r\n" },
  },
  {
    name: ".dockerignore hides a directory, an exception a file in it",
    ...ignoring("src\n!src/lib/*.ts\nsrc/lib/*.test.ts\n"),
  },
  {
    name: ".dockerignore and a pattern of COPY",
    dockerfile: "COPY docs/* src/lib/*.ts /c/",
    files: { ...project, ".dockerignore": "docs/b*\n**/*.test.ts\n" },
  },
  {
    name: ".dockerignore and an empty directory",
    ...ignoring("e/gone\nf/*\n", {
      "e/kept": { directory: 0o755 },
      "e/gone": { directory: 0o755 },
      "f/x": "x",
    }),
  },
  {
    name: ".dockerignore and links",
    ...ignoring("real\n", { "real/x": "x", link: { link: "real" }, "other/real": "y" }),
  },
  {
    name: ".dockerignore, exceptions in a directory that is hidden at any depth",
    ...ignoring("**/lib\n!src/lib/deep\n!**/one.ts\n"),
  },
  {
    name: ".dockerignore, a file hidden again below an exception",
    ...ignoring("*\n!src/\nsrc/lib/deep/\n!src/lib/deep/two.ts\n"),
  },
  {
    name: ".dockerignore with stars in the middle",
    except: older,
    ...ignoring("src/**/two.ts\nsrc/**/deep/**\n!src/**/deep\n"),
  },
  { name: ".dockerignore with stars at both ends", ...ignoring("**/lib/**\n!**/lib/one*\n") },
  {
    name: ".dockerignore with stars that stand beside text",
    except: older,
    ...ignoring("src**\n!src/index**\n**.md\n"),
  },
  { name: ".dockerignore with an exception before what it excepts from", ...ignoring("!docs/a.md\ndocs\n") },
  { name: ".dockerignore with nothing but an exception", ...ignoring("!docs\n") },
  {
    name: ".dockerignore with an exception and blanks",
    except: { buildah: "takes the blanks for a part of the name" },
    ...ignoring("docs\n!   docs/a.md\n!\tdocs/b.md\n"),
  },
  { name: ".dockerignore with dots and parents", ...ignoring(".\n..\n../docs\n./\nsrc/../docs/a.md\n") },
  { name: ".dockerignore with a single slash", ...ignoring("/\n//docs//a.md\n") },
  {
    name: ".dockerignore of the Dockerfile's own before the common one",
    dockerfile: "COPY . /c/",
    files: {
      ...project,
      ".dockerignore": `${itself}Dockerfile.dockerignore\ndocs\n`,
      "Dockerfile.dockerignore": `${itself}Dockerfile.dockerignore\nsrc\n`,
    },
  },
  {
    name: ".dockerignore with a mark, and lines that end as on Windows",
    dockerfile: "COPY . /c/",
    files: {
      ...project,
      ".dockerignore": "\ufeff# first\r\n\r\ndocs/\r\n!docs/a.md\r\n.dockerignore\r\nDockerfile\r\n",
    },
  },
  {
    name: ".dockerignore and what COPY names is hidden",
    isRefused: true,
    dockerfile: "COPY docs/a.md /c/",
    files: { ...project, ".dockerignore": "docs\n" },
  },
  {
    name: ".dockerignore and COPY of a directory whose files are hidden",
    dockerfile: "COPY docs /c/",
    files: { ...project, ".dockerignore": `${itself}docs/*\n` },
  },
];
