import type { ContextFiles } from "../../../../src/build/testing/build-fixture.ts";
import type { BuildCase } from "../build-case.ts";
import { files, project } from "./files.ts";

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
];
