import type { BuildCase } from "../build-case.ts";
import { capableArchive, files } from "./files.ts";

/** COPY from stages, and how stages stand on each other. */
export const copyFromCases: readonly BuildCase[] = [
  {
    name: "stages",
    dockerfile: [
      "FROM base AS build",
      "RUN mkdir /dist && echo a > /dist/a && chown 7:8 /dist/a && chmod 640 /dist/a && ln -s a /dist/l && chown 9:9 /dist",
      "FROM base AS unused",
      "RUN false",
      "FROM base",
      "COPY --from=build /dist /dist",
      "COPY --from=0 /dist/a /x/",
      "COPY --from=build /dist/l /y",
    ].join("\n"),
    except: { classic: "builds unused stages" },
    givesAway: true,
  },
  {
    name: "a stage in which a step left nothing",
    dockerfile: [
      "FROM base AS build",
      "RUN mkdir /dist",
      "RUN true",
      "RUN echo a > /dist/a",
      "FROM base",
      "COPY --from=build /dist /dist",
    ].join("\n"),
  },
  {
    name: "a stage to stop at",
    dockerfile: "FROM base AS a\nRUN echo a > /a\nFROM a AS b\nRUN false",
    target: "a",
  },
  {
    name: "a stage to stop at by its number",
    except: { buildkit: "knows names only", classic: "the same" },
    dockerfile: "FROM base\nRUN echo a > /a\nFROM base\nRUN false",
    target: "0",
  },
  {
    name: "a stage to stop at, in another case",
    except: { buildah: "1.28 takes the name as it is" },
    dockerfile: "FROM base AS Mixed\nRUN echo a > /a\nFROM base\nRUN false",
    target: "mixed",
  },
  {
    name: "stages on stages",
    dockerfile:
      "FROM base AS a\nENV A=1\nRUN echo a > /a\nFROM a AS b\nENV B=$A\nRUN rm /a && echo b > /b\nFROM b\nRUN ls / > /c",
  },
  {
    name: "links, special modes and empty directories of a stage",
    dockerfile:
      "FROM base AS a\nRUN mkdir -p /o/e && echo x > /o/x && ln /o/x /o/y && chmod 2755 /o/x && ln -s /etc /o/l && chmod 700 /o/e\nFROM base\nCOPY --from=a /o /p",
  },
  {
    name: "a pattern in a stage",
    dockerfile:
      "FROM base AS a\nRUN mkdir /o && touch /o/1.a /o/2.a /o/3.b\nFROM base\nCOPY --from=a /o/*.a /p/",
  },
  {
    name: "times of a stage's files",
    except: { buildkit: "a new directory has the time of the one whose content it gets" },
    dockerfile: "FROM base AS a\nFROM base\nCOPY --from=a /aged /copied\nCOPY --from=a /aged/file /one",
  },
  {
    name: "--chown over a stage's owners",
    dockerfile:
      "FROM base AS a\nFROM base\nCOPY --from=a --chown=app:web /data /copied\nCOPY --from=a --chown=5 /data/old/file /one",
  },
  {
    name: "a stage's owners",
    dockerfile: "FROM base AS a\nFROM base\nCOPY --from=a /data /copied\nCOPY --from=a /home /",
  },
  {
    name: "users of the stage that is copied to",
    dockerfile:
      "FROM base AS a\nRUN echo 'app:x:77:77::/:/bin/sh' > /etc/passwd\nFROM base\nCOPY --from=a --chown=app /data/old/file /x",
  },
  {
    name: "the whole of a stage",
    dockerfile:
      "FROM base AS a\nRUN rm -r /many /aged/below && echo new > /new\nFROM scratch\nCOPY --from=a / /",
    except: { classic: "sets no working directory", buildah: "the same" },
  },
  {
    name: "the whole of a stage into an image that has other files",
    dockerfile:
      "FROM base AS a\nRUN rm -r /many && mkdir /only && rm /link && mkdir /link && touch /link/inside\nFROM base\nRUN rm /link\nCOPY --from=a / /",
  },
  {
    name: "what a stage's later layers removed",
    dockerfile:
      "FROM base AS a\nRUN mkdir /o && touch /o/1 /o/2\nRUN rm /o/1\nRUN rm -r /many/a && mkdir /many/a && touch /many/a/new\nFROM base\nCOPY --from=a /o /o\nCOPY --from=a /many /many2",
  },
  {
    name: "through a stage's links",
    except: { buildkit: "a new directory has the time of the one whose content it gets" },
    dockerfile:
      "FROM base AS a\nRUN ln -s /aged /way\nFROM base\nCOPY --from=a /way/below /x\nCOPY --from=a /link /y\nCOPY --from=a /etc/linked /z",
  },
  {
    name: "names of one file in a stage, copied apart",
    dockerfile:
      "FROM base AS a\nFROM base\nCOPY --from=a /aged/same /x\nCOPY --from=a /aged/file /aged/same /y/",
  },
  {
    name: "a pipe of a stage",
    dockerfile:
      "FROM base AS a\nRUN mkdir /o && mkfifo -m 640 /o/p && touch /o/x\nFROM base\nCOPY --from=a /o /o",
  },
  {
    name: "a device of a stage",
    dockerfile:
      "FROM base AS a\nRUN mkdir /o && mknod -m 640 /o/null c 1 3 && mknod /o/disk b 7 200\nFROM base\nCOPY --from=a /o /o",
    except: { buildkit: "makes a character device of a block device" },
    needsRoot: true,
  },
  {
    name: "a capability of a stage",
    except: {
      buildkit: "a new directory has the time of the one whose content it gets",
      classic: "loses capabilities of a file",
    },
    dockerfile:
      "FROM base AS a\nADD cap.tar /\nFROM base\nCOPY --from=a /cap /cap2\nCOPY --from=a /cap/prog /bin/prog",
    files: { "cap.tar": capableArchive },
  },
  {
    name: "an image instead of a stage",
    dockerfile: "FROM scratch\nCOPY --from=base /etc/passwd /aged/file /x/",
    except: { buildah: "sets no working directory", classic: "sets no working directory" },
  },
  {
    name: "an image by its whole name",
    dockerfile: "COPY --from=docker.io/library/base:latest /aged /x",
    except: { buildkit: "base is a named context here" },
  },
  {
    name: "a stage named like an image",
    dockerfile:
      "FROM base AS base2\nRUN echo a > /a\nFROM base2 AS base\nRUN echo b > /b\nFROM base\nRUN ls /a /b > /c",
    except: { buildkit: "base is a named context here" },
  },
  {
    name: "numbers of stages",
    dockerfile:
      "FROM base\nRUN echo 0 > /f\nFROM base\nCOPY --from=0 /f /zero\nRUN echo 1 > /f\nFROM base\nCOPY --from=0 /f /zero\nCOPY --from=1 /f /zero /one/",
  },
  {
    name: "a stage that is used twice",
    dockerfile:
      "FROM base AS a\nRUN echo a > /a\nFROM a AS b\nRUN echo b > /b\nFROM a AS c\nCOPY --from=b /b /c\nFROM base\nCOPY --from=c /a /c /d/\nCOPY --from=b /b /d/",
  },
  {
    name: "configuration stays in its stage",
    except: { classic: "WORKDIR does not make directories the user's" },
    dockerfile:
      "FROM base AS a\nENV A=1\nUSER app\nWORKDIR /srv/x\nLABEL l=1\nEXPOSE 1\nFROM base\nCOPY --from=a /srv /srv\nRUN echo $A $PWD $(id -u) > /x",
  },
  {
    name: "a file of the context with the name of a stage",
    dockerfile: "FROM base AS app\nFROM base\nCOPY app /app",
    files,
  },
  {
    name: "COPY --from with a variable in the source",
    except: { buildkit: "a new directory has the time of the one whose content it gets" },
    dockerfile: "FROM base AS a\nFROM base\nARG P=aged\nCOPY --from=a /$P/below /x",
  },
];
