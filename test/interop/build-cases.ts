// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the Dockerfile language.
import type { ContextFiles } from "../../src/build/testing/build-fixture.ts";
import { collect } from "../../src/lib/mod.ts";
import { type TarEntry, writeTar } from "../../src/tar/mod.ts";

export type Builder = "buildah" | "buildkit" | "classic";

/** A Dockerfile that every builder is given, with its context. */
export interface BuildCase {
  readonly name: string;
  readonly dockerfile: string;
  readonly files?: ContextFiles;
  readonly args?: Readonly<Record<string, string>>;
  readonly target?: string;
  /** Builders that do not know what the case is about, or mean something else by it; with the reason. */
  readonly except?: Partial<Record<Builder, string>>;
}

const files: ContextFiles = {
  "foo.go": "foo",
  "bar.go": "bar",
  "app/main.js": "main",
  "app/lib/a.js": "a",
  "app/lib/b.js": "b",
  "app/link": { link: "lib/a.js" },
  "app/run.sh": { content: "#!/bin/sh\necho hi\n", mode: 0o755 },
  "app/secret": { content: "s", mode: 0o600 },
  "app/empty": { directory: 0o750 },
  "out/link-to-file": { link: "../foo.go" },
  "out/link-to-directory": { link: "../app/lib" },
};

/** As tar(1) packs it: a directory with modes, a link, and names of one file. */
const archive = await packed([
  { path: "top/", type: "directory", mode: 0o750, uid: 3, gid: 4 },
  { path: "top/file", text: "packed", mode: 0o4755, uid: 3, gid: 4 },
  { path: "top/hard", type: "hardlink", linkTarget: "top/file", mode: 0o4755, uid: 3, gid: 4 },
  { path: "top/link", type: "symlink", linkTarget: "../etc/passwd", mode: 0o777 },
  { path: "implied/dir/file", text: "x", mode: 0o600 },
  { path: "data/old/file", text: "replaced", mode: 0o644 },
]);

async function packed(
  members: readonly (Partial<TarEntry> & { path: string; text?: string })[],
): Promise<Uint8Array> {
  const inputs = members.map(({ text = "", ...member }) => ({
    entry: {
      type: "file",
      mode: 0o644,
      uid: 0,
      gid: 0,
      modified: { seconds: 1_000_000_000, nanoseconds: 0 },
      ...member,
      sizeBytes: text.length,
    } as TarEntry,
    content: [new TextEncoder().encode(text)],
  }));
  return collect(writeTar(inputs), 1_000_000, "archive");
}

/** The base of all: busybox with users, links and directories of odd modes. */
export const baseDockerfile = `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox --install -s /bin"]
RUN mkdir -p /etc /root /home/app /usr/lib /data/old && mkdir -m 1777 /tmp && chown 1000:1001 /home/app /data/old && chmod 2750 /data/old && ln -s usr/lib /lib && ln -s /data /link && echo old > /data/old/file && ln -s /data/old/file /etc/linked
RUN printf 'root:x:0:0:root:/root:/bin/sh\\napp:x:1000:1001::/home/app:/bin/sh\\n' > /etc/passwd && printf 'root:x:0:\\napp:x:1001:\\nweb:x:2000:\\n' > /etc/group
`;

/** `FROM base` is put in front unless the Dockerfile has a FROM. */
export const buildCases: readonly BuildCase[] = [
  { name: "a file to a path", dockerfile: "COPY foo.go /a", files },
  { name: "a file into a new directory", dockerfile: "COPY foo.go /new/dir/", files },
  { name: "a file to a path in a new directory", dockerfile: "COPY foo.go /new/dir/name", files },
  { name: "a file into an existing directory", dockerfile: "COPY foo.go /data/old", files },
  { name: "a directory's content to a new directory", dockerfile: "COPY app /app", files },
  { name: "a directory's content into an existing one", dockerfile: "COPY app /data/old/", files },
  { name: "the whole context", dockerfile: "WORKDIR /src\nCOPY . .", files },
  { name: "several sources", dockerfile: "COPY foo.go bar.go app /many/", files },
  { name: "patterns", dockerfile: "COPY *.go app/l?b/[ab].js /p/", files },
  { name: "patterns that match directories", dockerfile: "COPY a* /p/", files },
  { name: "a link to a file is followed", dockerfile: "COPY out/link-to-file /f", files },
  { name: "a link to a file into a directory", dockerfile: "COPY out/link-to-file /f/", files },
  { name: "a link to a directory is followed", dockerfile: "COPY out/link-to-directory /d", files },
  { name: "links inside a directory stay", dockerfile: "COPY out /out", files },
  { name: "through a link of the image", dockerfile: "COPY foo.go /lib/", files },
  { name: "through an absolute link of the image", dockerfile: "COPY app/lib /link/new", files },
  { name: "onto a file", dockerfile: "COPY foo.go /data/old/file", files },
  {
    name: "onto a link to a file",
    dockerfile: "COPY foo.go /etc/linked",
    files,
    except: { buildah: "replaces the link" },
  },
  { name: "--chown with names", dockerfile: "COPY --chown=app:web app /app", files },
  { name: "--chown with a name alone", dockerfile: "COPY --chown=app foo.go /new/foo", files },
  { name: "--chown with numbers", dockerfile: "COPY --chown=5:6 app /data/old/", files },
  {
    name: "--chmod of a file in a directory that is missing",
    dockerfile: "COPY --chmod=0640 foo.go /made/too/",
    files,
    except: { classic: "does not know it" },
  },
  {
    name: "--chmod of a file",
    dockerfile: "COPY --chmod=0640 foo.go /foo",
    files,
    except: { classic: "does not know it" },
  },
  {
    name: "WORKDIR makes directories",
    dockerfile: "WORKDIR /a/b\nWORKDIR c\nWORKDIR ../d\nCOPY foo.go .",
    files,
  },
  { name: "WORKDIR with variables", dockerfile: "ENV A=/x B=y\nWORKDIR $A/${B}/z" },
  {
    name: "a heredoc file",
    dockerfile: "ENV X=1\nCOPY <<EOF <<'raw' /h/\n$X it's\nEOF\n$X\nraw",
    except: {
      buildkit: "the frontend of 20.10 has no heredocs",
      classic: "has no heredocs",
      buildah: "1.28 has no heredocs",
    },
  },
  {
    name: "settings",
    dockerfile: [
      'ENV A=1 B=two\\ words C="quoted $A"',
      "ENV old style value",
      'LABEL x=y "a b"=c',
      "EXPOSE 80 53/udp 9000-9002",
      "VOLUME /v1 /v2",
      'VOLUME ["/v3"]',
      "USER app:web",
      "STOPSIGNAL SIGINT",
      'SHELL ["/bin/sh", "-ec"]',
      "CMD echo $A",
      'ENTRYPOINT ["/bin/sh"]',
      "HEALTHCHECK --interval=5s --timeout=1m --retries=4 CMD true",
    ].join("\n"),
    except: { buildah: "1.28 stores port ranges as they are, and takes /bin/sh whatever SHELL says" },
  },
  {
    name: "ENTRYPOINT drops an inherited CMD",
    dockerfile: 'FROM base AS a\nCMD ["x"]\nFROM a\nENTRYPOINT ["y"]',
  },
  { name: "CMD after ENTRYPOINT", dockerfile: 'ENTRYPOINT ["y"]\nCMD ["x"]' },
  { name: "HEALTHCHECK NONE", dockerfile: "HEALTHCHECK NONE" },
  { name: "ONBUILD is stored", dockerfile: "ONBUILD RUN true\nONBUILD COPY . /x" },
  {
    name: "ONBUILD of a stage runs",
    dockerfile:
      "FROM base AS a\nONBUILD COPY foo.go /trigger\nONBUILD ENV T=1\nFROM a\nRUN test -f /trigger && echo $T > /t",
    files,
  },
  {
    name: "RUN makes, changes and removes",
    dockerfile: "RUN echo x > /new && rm /etc/linked && chmod 700 /data/old && mkdir /empty",
  },
  {
    name: "RUN replaces a directory",
    dockerfile: "RUN rm -r /data/old && mkdir /data/old && echo n > /data/old/new",
  },
  {
    name: "RUN as a user in a directory",
    dockerfile: "USER app\nWORKDIR /home/app\nRUN echo $HOME > f; id -u > uid",
  },
  {
    name: "RUN with hard links and special modes",
    dockerfile: "RUN echo x > /a && ln /a /b && chmod 4755 /a && mkfifo /p",
  },
  {
    name: "ARG and ENV",
    dockerfile: "ARG A=1\nARG B\nENV C=$A\nRUN echo $A-$B-$C > /out",
    args: { B: "given" },
  },
  {
    name: "ARG over ENV",
    dockerfile: "ENV A=env\nARG A=arg\nRUN echo $A > /out\nENV B=$A",
    args: { A: "given" },
    except: { classic: "ENV always wins", buildah: "ENV always wins" },
  },
  { name: "ENV over ARG", dockerfile: "ARG A=arg\nENV A=env\nRUN echo $A > /out", args: { A: "given" } },
  {
    name: "global ARG",
    dockerfile:
      'ARG BASE=base\nARG V=1\nFROM $BASE AS x\nARG V\nRUN echo $V > /v\nFROM x\nRUN echo "[$V]" > /w',
    args: { V: "2" },
    except: { classic: "does not hand arguments on to the next stage", buildah: "the same" },
  },
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
  },
  {
    name: "a stage to stop at",
    dockerfile: "FROM base AS a\nRUN echo a > /a\nFROM a AS b\nRUN false",
    target: "a",
  },
  {
    name: ".dockerignore",
    dockerfile: "COPY . /c/",
    files: {
      ...files,
      ".dockerignore": "# note\n*.go\n!bar.go\napp/*\n!app/lib\n**/b.js\nout\n.dockerignore\nDockerfile\n",
    },
  },
  { name: "ADD of a plain file", dockerfile: "ADD foo.go /x/", files },
  { name: "MAINTAINER", dockerfile: "MAINTAINER Some Body <a@b.example>" },
  {
    name: "scratch alone",
    dockerfile: "FROM scratch\nCOPY foo.go /\nENV A=b",
    files,
    except: { classic: "sets no working directory", buildah: "the same" },
  },
  { name: "ADD of an archive", dockerfile: "ADD a.tar /", files: { "a.tar": archive } },
  {
    name: "ADD of a compressed archive to a new directory",
    dockerfile: "ADD a /x/y",
    files: { a: Bun.gzipSync(Buffer.from(archive)) },
  },
  {
    name: "ADD of an archive with --chown",
    dockerfile: "ADD --chown=5:6 a.tar /x/",
    files: { "a.tar": archive },
    except: {
      buildkit: "that of 20.10 leaves owners as they are",
      classic: "the same",
      buildah: "the same",
    },
  },
  {
    name: "ADD of what only looks like an archive",
    dockerfile: "ADD a.tar.gz /x/",
    files: { "a.tar.gz": "text" },
  },
  { name: "COPY of an archive", dockerfile: "COPY a.tar /x/", files: { "a.tar": archive } },
  { name: "a directory with a slash at its end", dockerfile: "COPY app/ /app", files },
  { name: "a directory with a dot at its end", dockerfile: "COPY app/. /data/", files },
  { name: "a directory and a file", dockerfile: "COPY app foo.go /data/", files },
  { name: "the same file twice", dockerfile: "COPY foo.go /x\nCOPY bar.go /x", files },
  {
    name: "a file after its directory",
    dockerfile: "COPY app /app\nCOPY --chown=3:4 foo.go /app/lib/a.js",
    files,
  },
  { name: "a directory over an older one", dockerfile: "COPY app /app\nCOPY --chown=3:4 app /app", files },
  {
    name: "a relative destination",
    dockerfile: "WORKDIR /w\nCOPY foo.go x/y/\nCOPY bar.go ./z\nCOPY foo.go ../v/",
    files,
  },
  { name: "a name with a blank", dockerfile: 'COPY ["with blank", "/a b/"]', files: { "with blank": "x" } },
  { name: "a source from the root", dockerfile: "COPY /app/lib /x", files },
  { name: "WORKDIR through a link", dockerfile: "WORKDIR /link/new\nCOPY foo.go .", files },
  { name: "WORKDIR that is there", dockerfile: "WORKDIR /data/old\nWORKDIR /\nWORKDIR tmp" },
  { name: "empty CMD and ENTRYPOINT", dockerfile: 'CMD ["a"]\nENTRYPOINT []\nCMD []' },
  { name: "references on one line see what was before", dockerfile: "ENV a=1\nENV a=2 b=$a\nENV c=$a$b" },
  {
    name: "quotes and escapes",
    dockerfile: 'ENV a="x \\"y\\" $HOME" b=\'$PATH\' c=\\$d e=${f:-g} h=${a:+i}',
  },
  { name: "ports from variables", dockerfile: "ARG P=80\nEXPOSE $P ${P}81/udp" },
  {
    name: "another escape character",
    dockerfile: "# escape=`\nFROM base\nENV A=a`\nb\nRUN echo `\n  c > /c",
  },
  {
    name: "comments and blank lines",
    dockerfile: "# one\nFROM base\n\n# two\nRUN echo a \\\n  # three\n  b > /x\n",
  },
  { name: "USER by number without a group", dockerfile: "USER 1000\nRUN id -u > /tmp/u; id -g > /tmp/g" },
  { name: "USER unknown to the image", dockerfile: "USER 4321:99\nRUN echo $(id -u):$(id -g) > /tmp/u" },
  { name: "RUN through a changed SHELL", dockerfile: 'SHELL ["/bin/sh", "-exc"]\nRUN echo $- > /x' },
  { name: "RUN that moves a directory", dockerfile: "RUN mv /data/old /data/new && ln -s new /data/old" },
  {
    name: "RUN that replaces a file by a directory",
    dockerfile: "RUN rm /data/old/file && mkdir /data/old/file",
  },
  {
    name: "COPY into what RUN made",
    dockerfile: "RUN mkdir -p /r/s && chmod 1755 /r && chown 1:2 /r\nCOPY foo.go /r/s/",
    files,
  },
  {
    name: "COPY --from of links, special modes and empty directories",
    dockerfile:
      "FROM base AS a\nRUN mkdir -p /o/e && echo x > /o/x && ln /o/x /o/y && chmod 2755 /o/x && ln -s /etc /o/l && chmod 700 /o/e\nFROM base\nCOPY --from=a /o /p",
  },
  {
    name: "COPY --from with a pattern",
    dockerfile:
      "FROM base AS a\nRUN mkdir /o && touch /o/1.a /o/2.a /o/3.b\nFROM base\nCOPY --from=a /o/*.a /p/",
  },
];
