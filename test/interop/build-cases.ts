import type { ContextFiles } from "../../src/build/testing/build-fixture.ts";

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
];
