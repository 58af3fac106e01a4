import { lstatSync, lutimesSync, readdirSync } from "node:fs";
import type { ContextFiles } from "../../../src/build/testing/build-fixture.ts";

/** `buildkit` is a current buildkitd, `classic` the builder that docker 20.10 has without it, `buildah` Debian's. */
export type PeerName = "buildkit" | "classic" | "buildah";

/** A Dockerfile that every builder is given, with its context. */
export interface BuildCase {
  readonly name: string;
  /** `FROM base` is put in front unless it has a FROM. */
  readonly dockerfile: string;
  readonly files?: ContextFiles;
  /** Makes what `files` cannot say. */
  readonly prepare?: (context: string) => void | Promise<void>;
  readonly args?: Readonly<Record<string, string>>;
  readonly target?: string;
  /** Builders that do not know what the case is about, or mean something else by it, with the reason. That they do is tested as well. */
  readonly except?: Partial<Record<PeerName, string>>;
  /** Nobody builds it. */
  readonly isRefused?: boolean;
  /** Something is put into a directory that has an age: Kasane leaves its time as it is, the others touch it. */
  readonly touchesDirectories?: boolean;
  /** RUN gives files to other users: with a single uid they stay root's. */
  readonly givesAway?: boolean;
  /** RUN does what the kernel lets nobody do in a user namespace. */
  readonly needsRoot?: boolean;
}

/** The reason of builders that are older than what the case is about: they are not asked. */
export const unknown = "does not know it";

/** The time of the base image, and of every file of a context: what all builders agree on. */
export const caseTime = 1_500_000_000;

/** The base of all: busybox with users, links, directories of odd modes, files with an age, and what others mount on. */
export const baseDockerfile = `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox --install -s /bin"]
RUN mkdir -p /etc /root /home/app /usr/lib /data/old && mkdir -m 1777 /tmp && chown 1000:1001 /home/app /data/old && chmod 2750 /data/old && ln -s usr/lib /lib && ln -s /data /link && echo old > /data/old/file && ln -s /data/old/file /etc/linked
RUN printf 'root:x:0:0:root:/root:/bin/sh\\napp:x:1000:1001::/home/app:/bin/sh\\n' > /etc/passwd && printf 'root:x:0:\\napp:x:1001:\\nweb:x:2000:\\n' > /etc/group
WORKDIR /dev/pts
WORKDIR /dev/shm
WORKDIR /proc
WORKDIR /run
WORKDIR /sys
WORKDIR /
COPY empty /etc/hosts
COPY empty /etc/hostname
COPY empty /etc/resolv.conf
RUN mkdir -p /aged/below /many/a/b/c && echo a > /aged/file && ln /aged/file /aged/same && echo b > /aged/below/file && echo c > /many/a/b/c/file && echo d > /many/a/file && touch -d '2001-02-03 04:05:06' /aged/file /aged/below/file /aged/below /aged
`;

export function wholeDockerfile(dockerfile: string): string {
  return /^\ufeff?\s*FROM /im.test(dockerfile) ? dockerfile : `FROM base\n${dockerfile}`;
}

let count = 0;

/**
 * When a file was written is not content, but peers keep it: everything gets one time, but for a fraction of a second, by which BuildKit knows that a file of the
 * same name and size is another one than that of the case before.
 */
export function ageContext(directory: string): void {
  ageTree(directory, caseTime + ++count / 1000);
}

function ageTree(directory: string, time: number): void {
  // Names need not be text.
  for (const name of readdirSync(directory, "buffer")) {
    const path = Buffer.concat([Buffer.from(`${directory}/`), name]);
    if (lstatSync(path).isDirectory()) ageTree(path.toString(), time);
    else lutimesSync(path, time, time);
  }
  lutimesSync(directory, time, time);
}
