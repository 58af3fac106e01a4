// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the Dockerfile language.
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { type BuildCase, unknown } from "../build-case.ts";
import { archive, files, project } from "./files.ts";

/** Of what BuildKit's frontend has learned since 2021. */
const newer = { classic: unknown, buildah: unknown };

/** COPY and ADD with flags of the newer frontends, and files that stand in the Dockerfile. */
export const copyFlagCases: readonly BuildCase[] = [
  { name: "--link of a file", dockerfile: "COPY --link foo.go /new/dir/", files, except: newer },
  {
    name: "--link of a directory",
    dockerfile: "COPY --link --chown=5:6 app /data/new",
    files,
    except: { ...newer, buildkit: "gives the owner to directories on the way, which were there" },
  },
  {
    name: "--link over a file",
    touchesDirectories: true,
    dockerfile: "COPY --link foo.go /aged/file",
    files,
    except: newer,
  },
  {
    name: "--link from a stage",
    dockerfile:
      "FROM base AS a\nRUN mkdir /o && echo x > /o/x && chmod 600 /o/x\nFROM base\nCOPY --link --from=a /o /p/q",
    except: newer,
  },
  {
    name: "--parents",
    dockerfile: "COPY --parents src/lib/one.ts package.json /p/",
    files: project,
    except: newer,
  },
  {
    name: "--parents with patterns",
    dockerfile: "COPY --parents src/*/*.ts /p/",
    files: project,
    except: newer,
  },
  {
    name: "--parents with a deep pattern",
    dockerfile: "COPY --parents **/*.md /p/",
    files: project,
    except: newer,
  },
  {
    name: "--parents with a pivot",
    dockerfile: "COPY --parents src/./lib/deep /p/",
    files: project,
    except: newer,
  },
  {
    name: "--parents with a pivot and a pattern",
    dockerfile: "COPY --parents src/./lib/**/*.ts /p/",
    files: project,
    except: newer,
  },
  {
    name: "--parents of a directory",
    dockerfile: "COPY --parents src/lib /p/",
    files: project,
    except: newer,
  },
  {
    name: "--parents from a stage",
    dockerfile:
      "FROM base AS a\nRUN mkdir -p /x/y/z && chmod 750 /x && chown 5:6 /x/y && touch /x/y/z/1 /x/y/2\nFROM base\nCOPY --from=a --parents /x/y/z /x/./y/2 /p/",
    except: newer,
    givesAway: true,
  },
  {
    name: "--parents with --chown and --chmod",
    dockerfile: "COPY --parents --chown=5:6 --chmod=600 src/lib/one.ts /p/",
    files: project,
    except: { ...newer, buildkit: "gives the mode to the directory that is missing" },
  },
  { name: "--exclude", dockerfile: "COPY --exclude=*.md . /p/", files: project, except: newer },
  {
    name: "--exclude twice",
    dockerfile: "COPY --exclude=docs --exclude=**/*.test.ts . /p/",
    files: project,
    except: newer,
  },
  {
    name: "--exclude with an exception",
    dockerfile: "COPY --exclude=**/*.md --exclude=!README.md . /p/",
    files: project,
    except: newer,
  },
  {
    name: "--exclude below a source",
    dockerfile: "COPY --exclude=lib/deep src /p/",
    files: project,
    except: newer,
  },
  {
    name: "--exclude and a pattern",
    dockerfile: "COPY --exclude=*.txt docs/* /p/",
    files: project,
    except: { ...newer, buildkit: "looks at what is below the matches only" },
  },
  {
    name: "--exclude of a path and a pattern",
    dockerfile: "COPY --exclude=docs/*.txt docs/* /p/",
    files: project,
    except: newer,
  },
  {
    name: "--exclude and a pattern at the top",
    dockerfile: "COPY --exclude=*.md *.* /p/",
    files: project,
    except: { ...newer, buildkit: "looks at what is below the matches only" },
  },
  {
    name: "--exclude and a pattern of directories",
    dockerfile: "COPY --exclude=*.md --exclude=lib/deep s* d* /p/",
    files: project,
    except: newer,
  },
  {
    name: "--exclude of what is named",
    dockerfile: "COPY --exclude=README.md README.md package.json /p/",
    files: project,
    except: newer,
  },
  {
    name: "--exclude and --parents",
    dockerfile: "COPY --parents --exclude=**/*.md src docs /p/",
    files: project,
    except: newer,
  },
  {
    name: "--exclude from a stage",
    dockerfile: "FROM base AS a\nCOPY . /s\nFROM base\nCOPY --from=a --exclude=src --exclude=**/*.md /s /p",
    files: project,
    except: newer,
  },
  { name: "ADD --exclude", dockerfile: "ADD --exclude=src . /p/", files: project, except: newer },
  { name: "ADD --link", dockerfile: "ADD --link foo.go /x/", files, except: newer },
  {
    name: "ADD --chmod",
    dockerfile: "ADD --chmod=600 foo.go app /x/",
    files,
    except: { buildkit: "gives the mode to the directory that is missing", classic: unknown },
  },
  { name: "-- ends the flags", dockerfile: "COPY --chown=5:6 -- foo.go /x", files, except: newer },
  {
    name: "files in the Dockerfile",
    dockerfile: "ENV X=1\nCOPY <<EOF <<'raw' /h/\n$X it's\nEOF\n$X\nraw",
    except: newer,
  },
  {
    name: "a file in the Dockerfile under another name",
    dockerfile: 'COPY --chmod=755 --chown=5:6 <<EOF /h/script\n#!/bin/sh\necho "\\$HOME"\nEOF',
    except: newer,
  },
  {
    name: "a file in the Dockerfile without its tabs",
    dockerfile: "COPY <<-EOF /h\n\tone\n\t\ttwo\n\t three\n\tEOF",
    except: newer,
  },
  {
    name: "a file in the Dockerfile beside one of the context",
    dockerfile: "COPY foo.go <<inline /h/\ntext\ninline",
    files,
    except: newer,
  },
  { name: "an empty file in the Dockerfile", dockerfile: "COPY <<EOF /h\nEOF", except: newer },
  { name: "ADD of a file in the Dockerfile", dockerfile: "ADD <<EOF /h/name\ntext\nEOF", except: newer },
  {
    name: "RUN of a text",
    dockerfile: "RUN <<EOF\necho one > /one\nX=two\necho $X > /two\nEOF",
    except: newer,
  },
  {
    name: "RUN of a script with its program",
    dockerfile: "RUN <<EOF\n#!/bin/busybox sh\necho $0 $((6 * 7)) > /made\nEOF",
    except: newer,
  },
  {
    name: "RUN with a text as input",
    dockerfile: "RUN cat <<EOF > /one && cat <<'B' > /two\n$HOME\nEOF\n$HOME\nB",
    except: newer,
  },
  {
    name: "RUN of a text in which nothing is expanded",
    dockerfile: "ENV X=env\nRUN <<'EOF'\necho \"$X\" > /x\nEOF",
    except: newer,
  },
  {
    name: "ONBUILD with a file in the Dockerfile",
    dockerfile: "FROM base AS a\nONBUILD COPY <<EOF /h\ntext\nEOF\nFROM a\nRUN cat /h > /i",
    except: newer,
  },
  {
    name: "--parents with a pivot at the beginning",
    dockerfile: "COPY --parents ./src/lib/./deep /p/",
    files: project,
    except: newer,
  },
  {
    name: "--parents with two pivots",
    dockerfile: "COPY --parents src/./lib/./deep /p/",
    files: project,
    except: newer,
  },
  {
    name: "--parents with a pivot at the end",
    dockerfile: "COPY --parents src/lib/./ /p/",
    files: project,
    except: { ...newer, buildkit: "refuses it" },
  },
  {
    name: "--parents with stars before the pivot",
    dockerfile: "COPY --parents src/*/./deep /p/",
    files: project,
    except: newer,
  },
  {
    name: "--parents of everything",
    dockerfile: "COPY --parents . /p/",
    files: project,
    except: { ...newer, buildkit: "refuses it" },
  },
  {
    name: "--parents with a question mark and a class",
    dockerfile: "COPY --parents src/li?/[o]ne.ts docs/[a-b].md /p/",
    files: project,
    except: newer,
  },
  {
    name: "--parents with stars at the end",
    dockerfile: "COPY --parents src/** /p/",
    files: project,
    except: newer,
  },
  {
    name: "--parents with stars that match nothing",
    dockerfile: "COPY --parents package.json nothing/** /p/",
    files: project,
    except: newer,
  },
  {
    name: "--parents with an absolute source",
    dockerfile: "COPY --parents /src/lib/one.ts /docs/./a.md /p/",
    files: project,
    except: newer,
  },
  {
    name: "--parents over what is there",
    dockerfile: "COPY --parents src/lib/one.ts /data/\nCOPY --parents src/index.ts /data/",
    files: project,
    except: newer,
  },
  {
    name: "--parents and a directory with a mode of its own",
    dockerfile: "COPY --parents src/lib/deep/two.ts /p/",
    files: project,
    prepare: (context) => chmodSync(join(context, "src/lib"), 0o700),
    except: newer,
  },
  {
    name: "--parents from a stage with links",
    dockerfile:
      "FROM base AS a\nRUN mkdir -p /o/d/e && echo x > /o/d/e/f && ln -s d /o/l && ln -s e/f /o/d/g\nFROM base\nCOPY --parents --from=a /o/./d/e/f /o/d/g /o/l /p/",
    files: {},
    except: newer,
  },
  {
    name: "--exclude of several, and one taken back",
    dockerfile: "COPY --exclude=**/*.ts --exclude=!src/lib/one.ts --exclude=docs . /p/",
    files: project,
    except: newer,
  },
  {
    name: "--exclude with stars at both ends",
    dockerfile: "COPY --exclude=**/deep/** . /p/",
    files: project,
    except: newer,
  },
  {
    name: "--exclude of a directory with a slash",
    dockerfile: "COPY --exclude=lib/ --exclude=index.ts src /p/",
    files: project,
    except: newer,
  },
  {
    name: "--exclude with a slash at the beginning",
    dockerfile: "COPY --exclude=/lib/one.ts --exclude=/src/index.ts src /p/",
    files: project,
    except: newer,
  },
  { name: "--exclude of everything", dockerfile: "COPY --exclude=* src /p/", files: project, except: newer },
  {
    name: "--exclude of everything but",
    dockerfile: "COPY --exclude=** --exclude=!lib/deep/two.ts src /p/",
    files: project,
    except: newer,
  },
  {
    name: "--exclude, a pivot and a pattern",
    dockerfile: "COPY --parents --exclude=**/two.ts src/./lib /p/",
    files: project,
    except: newer,
  },
  {
    name: "--exclude through a variable",
    dockerfile: "ARG KIND=md\nCOPY --exclude=**/*.${KIND} . /p/",
    files: project,
    except: newer,
  },
  {
    name: "--exclude and --link",
    dockerfile: "COPY --link --exclude=lib src /p/",
    files: project,
    except: newer,
  },
  {
    name: "ADD --exclude of a pattern, twice",
    dockerfile: "ADD --exclude=*.md --exclude=src/lib * /p/",
    files: project,
    except: { ...newer, buildkit: "looks at what is below the matches only" },
  },
  {
    name: "ADD --unpack of an archive",
    dockerfile: "ADD --unpack a.tar /x/",
    files: { "a.tar": archive },
    except: newer,
  },
  {
    name: "ADD --unpack=true of what is no archive",
    dockerfile: "ADD --unpack=true a.txt /x/",
    files: { "a.txt": "text" },
    except: newer,
  },
  {
    name: "ADD --unpack=false with --chown and --chmod",
    dockerfile: "ADD --unpack=false --chown=5:6 --chmod=600 a.tar /usr/",
    files: { "a.tar": archive },
    except: newer,
  },
];
