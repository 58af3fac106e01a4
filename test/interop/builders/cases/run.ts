import { type BuildCase, unknown } from "../build-case.ts";
import { capableArchive, files } from "./files.ts";

const noMounts = { classic: unknown };

/** RUN: what a layer says of it. */
export const runCases: readonly BuildCase[] = [
  {
    name: "RUN makes, changes and removes",
    dockerfile: "RUN echo x > /new && rm /etc/linked && chmod 700 /data/old && mkdir /empty",
  },
  { name: "RUN that does nothing", dockerfile: "RUN true\nRUN cd /tmp && ls > /dev/null" },
  { name: "RUN that only takes back", dockerfile: "RUN touch /x && rm /x && mkdir -p /y/z && rm -r /y" },
  {
    name: "RUN in exec form",
    dockerfile: 'RUN ["/bin/sh", "-c", "echo \\"$HOME\\" > /x"]\nRUN ["touch", "/a b"]',
  },
  {
    name: "RUN replaces a directory",
    dockerfile: "RUN rm -r /data/old && mkdir /data/old && echo n > /data/old/new",
  },
  {
    name: "RUN removes a directory, another makes it again",
    dockerfile: "RUN rm -r /many/a\nRUN mkdir -p /many/a/b && touch /many/a/b/new",
  },
  {
    name: "RUN replaces a directory in a directory it replaced",
    dockerfile:
      "RUN rm -r /many && mkdir -p /many/a/b && touch /many/a/new\nRUN rm -r /many/a && mkdir -p /many/a/b/c && touch /many/a/b/c/d",
  },
  {
    name: "RUN replaces a directory by a file and back",
    dockerfile: "RUN rm -r /many/a && echo f > /many/a\nRUN rm /many/a && mkdir -p /many/a/b/c",
  },
  {
    name: "RUN replaces a directory by a link to what it was",
    givesAway: true,
    dockerfile: "RUN mv /data/old /data/new && ln -s new /data/old",
  },
  {
    name: "RUN replaces a file by a directory",
    givesAway: true,
    dockerfile: "RUN rm /data/old/file && mkdir /data/old/file",
  },
  {
    name: "RUN replaces a link by a directory",
    dockerfile: "RUN rm /link && mkdir /link && touch /link/own\nRUN rm -r /link && ln -s /data /link",
  },
  {
    name: "RUN moves a file into a new directory and removes it",
    dockerfile: "RUN mkdir /n && mv /aged/file /n/ && rm /n/file",
  },
  { name: "RUN moves a directory over another", dockerfile: "RUN rm -r /many/a/b && mv /aged /many/a/b" },
  { name: "RUN moves a tree away and back", dockerfile: "RUN mv /many /elsewhere\nRUN mv /elsewhere /many" },
  {
    name: "RUN removes a file and makes the same again",
    except: { classic: "stores what is as it was", buildah: "the same" },
    dockerfile: "RUN cp -p /aged/file /k && rm /aged/file && cp -p /k /aged/file && rm /k",
  },
  {
    name: "RUN makes what looks like a whiteout's neighbour",
    dockerfile: "RUN touch /data/wh.file /data/.whfile /data/..wh /data/.w && rm /data/.w",
  },
  {
    name: "RUN with hard links and special modes",
    dockerfile: "RUN echo x > /a && ln /a /b && chmod 4755 /a && mkfifo /p",
  },
  {
    name: "RUN gives a file of the base another name",
    except: { buildkit: "loses one of the names" },
    dockerfile: "RUN ln /aged/below/file /aged/below/other && ln /aged/below/file /x",
  },
  { name: "RUN removes one name of two", dockerfile: "RUN rm /aged/same" },
  { name: "RUN changes a file of two names", dockerfile: "RUN echo changed >> /aged/file" },
  {
    name: "RUN changes the mode of a file of two names",
    dockerfile: "RUN chmod 600 /aged/same && touch -d '2002-03-04 05:06:07' /aged/same",
  },
  { name: "RUN moves one name of two", dockerfile: "RUN mv /aged/same /aged/below/moved" },
  { name: "RUN links a link", dockerfile: "RUN ln -s /etc/passwd /s && ln -P /s /s2 2>/dev/null || true" },
  {
    name: "RUN makes files with an age",
    dockerfile:
      "RUN mkdir /o && touch -d '2003-04-05 06:07:08' /o/x && mkdir /o/d && touch /o/d/y && touch -d '2004-05-06 07:08:09' /o/d && ln -s x /o/l && touch -h -d '2005-06-07 08:09:10' /o/l",
  },
  {
    name: "RUN changes the age alone",
    except: { buildkit: "does not look at the age of directories" },
    dockerfile: "RUN touch -d '2003-04-05 06:07:08' /data/old/file /aged/below",
  },
  { name: "RUN changes a directory's mode alone", dockerfile: "RUN chmod 711 /aged && chmod 2775 /many/a" },
  {
    name: "RUN changes owners",
    dockerfile: "RUN chown 33:44 /aged/file && chown -R 5:6 /many && chown -h 7:8 /link",
    givesAway: true,
  },
  { name: "RUN changes the root's mode", dockerfile: "RUN chmod 711 /" },
  {
    name: "RUN makes devices",
    dockerfile: "RUN mkdir /d && mknod -m 640 /d/null c 1 3 && mknod /d/disk b 259 300 && mkfifo -m 600 /d/p",

    needsRoot: true,
  },
  {
    name: "RUN writes a file with a hole",
    dockerfile: "RUN truncate -s 3000000 /sparse && echo end >> /sparse && truncate -s 100000 /empty",
  },
  {
    name: "RUN moves a file with a capability",
    dockerfile: "ADD a.tar /\nRUN mv /cap/prog /bin/prog && ln /bin/prog /bin/prog2",
    files: { "a.tar": capableArchive },
  },
  {
    name: "RUN writes a file with a capability",
    dockerfile: "ADD a.tar /\nRUN echo x >> /cap/prog",
    files: { "a.tar": capableArchive },
  },
  {
    name: "RUN changes the directory of a capability",
    except: { buildah: "its overlay renames directories, others copy" },
    dockerfile: "ADD a.tar /\nRUN mv /cap /cap2 && touch /cap2/new",
    files: { "a.tar": capableArchive },
  },
  {
    name: "RUN makes many files",
    dockerfile:
      "RUN mkdir /m && cd /m && for i in $(seq 1000); do echo $i > $i; done\nRUN cd /m && rm 1?? && for i in $(seq 10); do echo x > $i; done",
  },
  {
    name: "RUN with deep directories",
    dockerfile:
      "RUN d=/deep; for i in $(seq 60); do d=$d/level-$i; done; mkdir -p $d && echo x > $d/bottom\nRUN rm -r /deep/level-1/level-2/level-3",
  },
  {
    name: "RUN with odd names",
    dockerfile: `RUN mkdir /n && cd /n && touch 'a b' '*' '\\\\' '"' "'" 重ね -- -dash $(printf 'x%.0s' $(seq 255)) && touch "$(printf 'new\\\\nline')" && ln -s $(printf 'y%.0s' $(seq 300)) long`,
  },
  {
    name: "RUN as a user in a directory",
    dockerfile: "USER app\nWORKDIR /home/app\nRUN echo $HOME > f; id -u > uid",
    givesAway: true,
  },
  {
    name: "USER by number without a group",
    dockerfile: "USER 1000\nRUN id -u > /tmp/u; id -g > /tmp/g",
    givesAway: true,
  },
  {
    name: "USER by number that has no user",
    dockerfile: "USER 77\nRUN id -u > /tmp/u; id -g > /tmp/g; echo $HOME > /tmp/h",
    givesAway: true,
  },
  {
    name: "USER unknown to the image",
    dockerfile: "USER 4321:99\nRUN echo $(id -u):$(id -g) > /tmp/u",
    givesAway: true,
  },
  {
    name: "USER with a group by name",
    dockerfile: "USER app:web\nRUN id -g > /tmp/g; umask > /tmp/m; touch /tmp/f; mkdir /tmp/d",
    givesAway: true,
  },
  {
    name: "USER with supplementary groups",
    dockerfile: "RUN echo 'more:x:3000:app' >> /etc/group\nUSER app\nRUN id -G > /tmp/g",
    givesAway: true,
  },
  {
    name: "USER and back",
    dockerfile: "USER app\nRUN id -u > /tmp/1\nUSER root\nRUN id -u > /tmp/2\nUSER 0:0\nRUN id -u > /tmp/3",
    givesAway: true,
  },
  { name: "USER from a variable", dockerfile: "ARG U=app\nUSER $U\nRUN id -u > /tmp/u", givesAway: true },
  {
    name: "environment of RUN",
    dockerfile:
      "ENV A=1 B='two words'\nARG C=3\nRUN env | grep -v -E '^(HOSTNAME|SOURCE_DATE_EPOCH|SHLVL|_|OLDPWD|OTEL_.*|TRACEPARENT)=' | sort > /env",
  },
  { name: "RUN through a changed SHELL", dockerfile: 'SHELL ["/bin/sh", "-exc"]\nRUN echo $- > /x' },
  {
    name: "SHELL back to what it was",
    dockerfile:
      'SHELL ["/bin/busybox", "ash", "-c"]\nRUN echo $0 > /x\nSHELL ["/bin/sh", "-c"]\nRUN echo $0 > /y',
  },
  {
    name: "RUN over several lines",
    dockerfile: "RUN echo a && \\\n    echo b > /x && \\\n  # a note\n\\\n    echo c >> /x",
  },
  {
    name: "RUN with quotes",
    dockerfile: `RUN echo "a  b" 'c "d"' \\$HOME > /x; printf '%s|' "x\\\\y" >> /x`,
  },
  {
    name: "RUN --mount=type=bind",
    except: { ...noMounts, buildah: "1.28 leaves the mount point" },
    dockerfile: "RUN --mount=type=bind,source=app,target=/mnt/app cp -r /mnt/app/lib /copied",
    files,
  },
  {
    name: "RUN --mount of the whole context",
    dockerfile: "RUN --mount=target=/ctx cat /ctx/foo.go > /x",
    files,
    except: noMounts,
  },
  {
    name: "RUN --mount of a stage",
    except: { ...noMounts, buildah: "1.28 leaves the mount point" },
    dockerfile:
      "FROM base AS a\nRUN echo a > /a\nFROM base\nRUN --mount=type=bind,from=a,source=/a,target=/mnt/a cat /mnt/a > /x",
  },
  {
    name: "RUN --mount=rw keeps nothing",
    dockerfile: "RUN --mount=type=bind,target=/ctx,rw touch /ctx/new && ls /ctx > /x",
    files,
    except: noMounts,
  },
  {
    name: "RUN --mount=type=cache leaves no trace",
    dockerfile: "RUN --mount=type=cache,target=/cache touch /cache/x && ls /cache > /x",
    except: noMounts,
  },
  {
    name: "RUN --mount=type=cache over a directory of the image",
    except: { ...noMounts, buildah: "1.28 removes the directory" },
    dockerfile: "RUN --mount=type=cache,target=/many,id=other touch /many/x\nRUN ls /many > /x",
  },
  {
    name: "RUN --mount=type=cache with an owner",
    dockerfile:
      "RUN --mount=type=cache,target=/c/d,uid=1000,gid=1001,mode=0750,id=own stat -c '%u:%g %a' /c/d > /x",
    except: { ...noMounts, buildah: "1.28 ignores owner and mode" },
    givesAway: true,
  },
  {
    name: "RUN --mount=type=tmpfs leaves no trace",
    except: { ...noMounts, buildah: "1.28 leaves the mount point" },
    dockerfile: "RUN --mount=type=tmpfs,target=/scratch/x touch /scratch/x/y && ls /scratch/x > /x",
  },
  {
    name: "RUN --mount=type=tmpfs over a directory of the image",
    except: { ...noMounts, buildah: "1.28 removes the directory" },
    dockerfile: "RUN --mount=type=tmpfs,target=/aged ls -A /aged > /x && touch /aged/new",
  },
  {
    name: "RUN --mount=type=secret that is not there",
    dockerfile: "RUN --mount=type=secret,id=none ls /run/secrets > /x 2>/dev/null || echo none > /x",
    except: noMounts,
  },
  {
    name: "RUN --network=none",
    dockerfile: "RUN --network=none ls /sys/class/net > /x",
    except: { buildah: unknown, classic: unknown },
  },
  {
    name: "volatile places of RUN",
    dockerfile: "RUN touch /tmp/x /root/y && mkdir -p /var/tmp /run/z && touch /run/z/w",
  },
];
