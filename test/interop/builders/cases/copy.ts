// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the Dockerfile language.
import { linkSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runOk } from "../../../outside.ts";
import { type BuildCase, unknown } from "../build-case.ts";
import { archive, files } from "./files.ts";

const noChmod = { classic: unknown };

/** COPY from the context. */
export const copyCases: readonly BuildCase[] = [
  { name: "a file to a path", dockerfile: "COPY foo.go /a", files },
  { name: "a file into a new directory", dockerfile: "COPY foo.go /new/dir/", files },
  { name: "a file to a path in a new directory", dockerfile: "COPY foo.go /new/dir/name", files },
  { name: "a file into an existing directory", dockerfile: "COPY foo.go /data/old", files },
  {
    name: "a file into an aged directory",
    touchesDirectories: true,
    dockerfile: "COPY foo.go /aged/below/",
    files,
  },
  { name: "over an aged file", touchesDirectories: true, dockerfile: "COPY foo.go /aged/file", files },
  { name: "over one name of a file", touchesDirectories: true, dockerfile: "COPY foo.go /aged/same", files },
  { name: "a directory's content to a new directory", dockerfile: "COPY app /app", files },
  { name: "a directory's content into an existing one", dockerfile: "COPY app /data/old/", files },
  {
    name: "a directory's content into the root",
    isRefused: true,
    except: { classic: "follows the link", buildah: "the same" },
    dockerfile: "COPY app /",
    files,
  },
  { name: "the whole context", dockerfile: "WORKDIR /src\nCOPY . .", files },
  { name: "several sources", dockerfile: "COPY foo.go bar.go app /several/", files },
  {
    name: "several sources into an existing directory",
    except: { classic: "asks for a slash" },
    dockerfile: "COPY foo.go bar.go /data",
    files,
  },
  { name: "patterns", dockerfile: "COPY *.go app/l?b/[ab].js /p/", files },
  { name: "patterns that match directories", dockerfile: "COPY a* /p/", files },
  {
    name: "patterns with ranges and negation",
    dockerfile: "COPY [a-c]ar.go [^b-z]pp/lib/[!x].js /p/",
    files,
  },
  {
    name: "patterns in the middle of a path",
    dockerfile: "COPY d/*/x /p/",
    files: { "d/1/x": "1", "d/2/y": "2", "d/3/z/x": "3" },
  },
  {
    name: "one file for a pattern",
    dockerfile: "COPY fo?.go /p",
    files,
  },
  {
    name: "an escaped pattern is a name",
    except: { buildah: "1.28 takes the brackets for none" },
    dockerfile: "COPY a\\*b a[[]c /p/",
    files: { "a*b": "star", aXb: "x", "a[c": "bracket" },
  },
  { name: "a link to a file is followed", dockerfile: "COPY out/link-to-file /f", files },
  { name: "a link to a file into a directory", dockerfile: "COPY out/link-to-file /f/", files },
  { name: "a link to a directory is followed", dockerfile: "COPY out/link-to-directory /d", files },
  { name: "a link in the middle of a source", dockerfile: "COPY out/link-to-directory/a.js /d", files },
  { name: "links inside a directory stay", dockerfile: "COPY out /out", files },
  {
    name: "links that lead nowhere or out stay",
    dockerfile: "COPY l /l",
    files: {
      "l/nowhere": { link: "/no/such" },
      "l/out": { link: "../../../etc/passwd" },
      "l/self": { link: "self" },
    },
  },
  { name: "a pattern that matches a link to a file", dockerfile: "COPY out/*-file /f/", files },
  { name: "a pattern that matches a link to a directory", dockerfile: "COPY out/*-directory /f/", files },
  { name: "through a link of the image", dockerfile: "COPY foo.go /lib/", files },
  { name: "through an absolute link of the image", dockerfile: "COPY app/lib /link/new", files },
  { name: "to a link of the image that is a directory", dockerfile: "COPY app/lib /link", files },
  { name: "a file to a link of the image that is a directory", dockerfile: "COPY foo.go /link", files },
  {
    name: "through links of the image that lead up",
    dockerfile:
      "RUN mkdir -p /a/b && ln -s ../../../data /a/b/up && ln -s b/up /a/twice\nCOPY foo.go /a/twice/old/",
    files,
  },
  { name: "onto a file", dockerfile: "COPY foo.go /data/old/file", files },
  {
    name: "onto a link to a file",
    except: { buildah: "replaces the link" },
    dockerfile: "COPY foo.go /etc/linked",
    files,
  },
  {
    name: "a directory whose link is one in the image",
    dockerfile:
      "RUN mkdir -p /app/lib && touch /app/lib/kept && ln -s lib /app/link && mkdir /app/target\nCOPY app /app",
    files,
  },
  {
    name: "a file where the image has a link, inside a directory",
    dockerfile: "RUN mkdir /app && ln -s /etc/passwd /app/main.js\nCOPY app /app",
    files,
  },
  {
    name: "a directory where the image has a link to one, inside a directory",
    isRefused: true,
    except: { classic: "follows the link", buildah: "the same" },
    dockerfile: "RUN mkdir -p /app /elsewhere && ln -s /elsewhere /app/lib\nCOPY app /app",
    files,
  },
  { name: "--chown with names", dockerfile: "COPY --chown=app:web app /app", files },
  { name: "--chown with a name alone", dockerfile: "COPY --chown=app foo.go /new/foo", files },
  { name: "--chown with a number alone", dockerfile: "COPY --chown=1000 foo.go /new/foo", files },
  { name: "--chown with a number that has no user", dockerfile: "COPY --chown=77 foo.go /new/foo", files },
  { name: "--chown with numbers", dockerfile: "COPY --chown=5:6 app /data/old/", files },
  { name: "--chown with a name and a number", dockerfile: "COPY --chown=app:7 foo.go /x", files },
  { name: "--chown of links", dockerfile: "COPY --chown=5:6 out /out", files },
  { name: "--chown with a variable", dockerfile: "ARG WHO=app\nCOPY --chown=$WHO:web foo.go /x", files },
  {
    name: "--chown looks users up in the image as it is then",
    except: { classic: "wants a group of that name" },
    dockerfile: "RUN echo 'late:x:321:321::/:/bin/sh' >> /etc/passwd\nCOPY --chown=late foo.go /x",
    files,
  },
  {
    name: "USER does not own what is copied",
    dockerfile: "USER app\nCOPY app /app\nCOPY foo.go /n/e/w/",
    files,
  },
  {
    name: "--chmod of a file in a directory that is missing",
    except: { ...noChmod, buildkit: "gives the mode to the directories as well" },
    dockerfile: "COPY --chmod=0640 foo.go /made/too/",
    files,
  },
  { name: "--chmod of a file", dockerfile: "COPY --chmod=0640 foo.go /foo", files, except: noChmod },
  { name: "--chmod with set-id bits", dockerfile: "COPY --chmod=6755 foo.go /foo", files, except: noChmod },
  {
    name: "--chmod of a directory",
    except: { ...noChmod, buildah: "1.28 leaves the directory itself" },
    dockerfile: "COPY --chmod=711 app /app",
    files,
  },
  {
    name: "--chmod and --chown",
    except: { ...noChmod, buildah: "1.28 leaves the directory itself" },
    dockerfile: "COPY --chmod=700 --chown=5:6 app/lib /lib2",
    files,
  },
  {
    name: "--chmod with a variable",
    dockerfile: "ARG M=0600\nCOPY --chmod=$M foo.go /foo",
    files,
    except: noChmod,
  },
  {
    name: "--chmod in symbols",
    dockerfile: "COPY --chmod=u+x,go-r app /app\nCOPY --chmod=a=rX app /b\nCOPY --chmod=go=u,+t foo.go /c",
    files,
    except: { ...noChmod, buildah: "1.28 takes numbers only" },
  },
  { name: "a directory with a slash at its end", dockerfile: "COPY app/ /app", files },
  { name: "a directory with a dot at its end", dockerfile: "COPY app/. /data/", files },
  { name: "a directory and a file", dockerfile: "COPY app foo.go /data/", files },
  {
    name: "a source that goes up and down",
    dockerfile: "COPY app/../foo.go ./app//lib/../main.js /x/",
    files,
  },
  {
    name: "a source above the context",
    except: { classic: "refuses it" },
    dockerfile: "COPY ../../foo.go /x",
    files,
  },
  {
    name: "the same file twice",
    dockerfile: "COPY foo.go /x\nCOPY bar.go /x",
    // BuildKit takes a file of the same size and time for the same one, and two that are written at once have one time.
    files: { "foo.go": "foo", "bar.go": "another" },
  },
  { name: "two sources of one name", dockerfile: "COPY a/x b/x /d/", files: { "a/x": "1", "b/x": "2" } },
  {
    name: "a file after its directory",
    dockerfile: "COPY app /app\nCOPY --chown=3:4 foo.go /app/lib/a.js",
    files,
  },
  { name: "a directory over an older one", dockerfile: "COPY app /app\nCOPY --chown=3:4 app /app", files },
  {
    name: "the mode of a directory that is there",
    dockerfile: "RUN mkdir -m 700 /app\nCOPY app /app\nCOPY d /",
    files: { ...files, "d/data/old/new": "x" },
  },
  {
    name: "a relative destination",
    dockerfile: "WORKDIR /w\nCOPY foo.go x/y/\nCOPY bar.go ./z\nCOPY foo.go ../v/",
    files,
  },
  { name: "a dot as destination", dockerfile: "WORKDIR /w\nCOPY foo.go .\nCOPY app ./", files },
  { name: "a variable as destination", dockerfile: "ENV D=/x/y\nCOPY foo.go $D/\nCOPY bar.go ${D}z", files },
  { name: "a variable as source", dockerfile: "ARG F=foo\nCOPY $F.go ${F:+app/main.js} /x/", files },
  { name: "a name with a blank", dockerfile: 'COPY ["with blank", "/a b/"]', files: { "with blank": "x" } },
  { name: "a list with several sources", dockerfile: 'COPY ["foo.go", "app/lib", "/a b/c/"]', files },
  { name: "a source from the root", dockerfile: "COPY /app/lib /x", files },
  { name: "a destination deep in what is missing", dockerfile: "COPY foo.go /1/2/3/4/5/6/7/8/9", files },
  { name: "COPY of an archive", dockerfile: "COPY a.tar /x/", files: { "a.tar": archive } },
  {
    name: "COPY into what RUN made",
    dockerfile: "RUN mkdir -p /r/s && chmod 1755 /r && chown 1:2 /r\nCOPY foo.go /r/s/",
    files,
    givesAway: true,
  },
  {
    name: "COPY over what RUN removed",
    dockerfile: "RUN rm -r /data\nCOPY foo.go /data/old/file",
    files,
  },
  {
    name: "set-id and sticky bits of the context",
    except: { classic: "loses set-id bits", buildah: "the same" },
    dockerfile: "COPY m /m",
    files: {
      "m/setuid": { content: "x", mode: 0o4755 },
      "m/setgid": { content: "x", mode: 0o2750 },
      "m/none": { content: "x", mode: 0 },
      "m/all": { content: "x", mode: 0o777 },
      "m/sticky": { directory: 0o1777 },
      "m/group": { directory: 0o2755 },
    },
  },
  {
    name: "names of one file in the context",
    dockerfile: "COPY h /h\nCOPY h/a h/c /i/",
    files: { "h/a": "same" },
    prepare(context) {
      mkdirSync(join(context, "h/d"));
      linkSync(join(context, "h/a"), join(context, "h/c"));
      linkSync(join(context, "h/a"), join(context, "h/d/b"));
    },
  },
  {
    name: "a pipe in the context",
    dockerfile: "COPY f /f",
    files: { "f/x": "x" },
    prepare: async (context) => {
      await runOk(["mkfifo", "-m", "640", join(context, "f/pipe")]);
    },
  },
  {
    name: "unicode, blanks and odd characters in names",
    dockerfile: "COPY n /n\nCOPY n/重ね.txt /重ね",
    files: {
      "n/重ね.txt": "u",
      "n/e\u0301 \u00e9": "both",
      "n/ leading": "1",
      "n/trailing ": "2",
      "n/new\nline": "3",
      "n/back\\slash": "4",
      "n/*": "5",
      "n/-dash": "6",
      "n/a=b&c;d": "7",
      "n/😀/é": "8",
    },
  },
  {
    name: "names as long as there are",
    dockerfile: "COPY n /n",
    files: {
      [`n/${"x".repeat(255)}`]: "1",
      [`n/${"d".repeat(120)}/${"e".repeat(120)}/${"f".repeat(100)}`]: "2",
      [`n/${"日".repeat(85)}`]: "3",
      "n/link": { link: "t".repeat(200) },
    },
  },
  {
    name: "a name that is no text",
    dockerfile: "COPY n /n",
    files: { "n/x": "x" },
    prepare(context) {
      writeFileSync(Buffer.concat([Buffer.from(`${context}/n/`), Buffer.from([0x61, 0xff, 0xfe])]), "latin");
    },
  },
  {
    name: "a large tree",
    dockerfile: "COPY t /t\nRUN rm -r /t/3 /t/5/7 && echo changed > /t/1/1",
    files: Object.fromEntries(
      Array.from({ length: 1500 }, (_, index) => [`t/${index % 30}/${Math.floor(index / 30)}`, `${index}`]),
    ),
  },
  {
    name: "an empty directory",
    dockerfile: "COPY app/empty /e\nCOPY e /",
    files: { ...files, "e/f/g": { directory: 0o700 } },
  },
  { name: "an empty file", dockerfile: "COPY e /e", files: { e: "" } },
  {
    name: "a file that is larger than a buffer",
    dockerfile: "COPY big /",
    files: { big: "0123456789".repeat(300_000) },
  },
];
