// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the Dockerfile language.
import { type BuildCase, unknown } from "../build-case.ts";
import { files } from "./files.ts";

/** Everything that ends in the configuration. */
export const settingCases: readonly BuildCase[] = [
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
  { name: "CMD in shell form", dockerfile: 'CMD echo "$HOME"   two' },
  { name: "CMD in exec form", dockerfile: 'CMD ["echo", "$HOME", "a b"]' },
  { name: "CMD that is no list after all", dockerfile: "CMD [echo, 'x']" },
  { name: "CMD twice", dockerfile: 'CMD ["a"]\nCMD ["b"]' },
  { name: "CMD with odd characters", dockerfile: 'CMD ["\\u65e5", "tab\\t", "<&>", "\\\\"]' },
  {
    name: "ENTRYPOINT drops an inherited CMD",
    dockerfile: 'FROM base AS a\nCMD ["x"]\nFROM a\nENTRYPOINT ["y"]',
  },
  { name: "CMD after ENTRYPOINT", dockerfile: 'ENTRYPOINT ["y"]\nCMD ["x"]' },
  {
    name: "CMD before ENTRYPOINT stays",
    except: { classic: "drops it where it comes from the cache" },
    dockerfile: 'CMD ["x"]\nENTRYPOINT ["y"]',
  },
  {
    name: "CMD of before and of a base",
    dockerfile: 'FROM base AS a\nCMD ["x"]\nFROM a\nCMD ["z"]\nENTRYPOINT ["y"]',
  },
  { name: "ENTRYPOINT in shell form", dockerfile: "ENTRYPOINT exec top -b" },
  {
    name: "ENTRYPOINT inherited and replaced",
    dockerfile: 'FROM base AS a\nENTRYPOINT ["x"]\nCMD ["c"]\nFROM a\nENTRYPOINT []',
  },
  { name: "empty CMD and ENTRYPOINT", dockerfile: 'CMD ["a"]\nENTRYPOINT []\nCMD []' },
  { name: "HEALTHCHECK NONE", dockerfile: "HEALTHCHECK NONE" },
  {
    name: "HEALTHCHECK in exec form",
    dockerfile: 'HEALTHCHECK --start-period=1h30m CMD ["wget", "-q", "http://127.0.0.1/"]',
  },
  { name: "HEALTHCHECK with fractions", dockerfile: "HEALTHCHECK --interval=1.5s --timeout=250ms CMD true" },
  {
    name: "HEALTHCHECK --start-interval",
    dockerfile: "HEALTHCHECK --start-interval=2s --interval=1m CMD true",
    except: { classic: unknown, buildah: unknown },
  },
  {
    name: "HEALTHCHECK twice and inherited",
    except: { classic: "keeps what the first one said of retries" },
    dockerfile: "FROM base AS a\nHEALTHCHECK --retries=2 CMD one\nHEALTHCHECK CMD two\nFROM a\nRUN true",
  },
  {
    name: "HEALTHCHECK NONE over an inherited one",
    dockerfile: "FROM base AS a\nHEALTHCHECK CMD one\nFROM a\nHEALTHCHECK NONE",
  },
  {
    name: "STOPSIGNAL by number, name and variable",
    dockerfile: "STOPSIGNAL 9\nSTOPSIGNAL SIGRTMIN+3\nARG S=SIGQUIT\nSTOPSIGNAL $S",
  },
  {
    name: "SHELL is inherited",
    dockerfile: 'FROM base AS a\nSHELL ["/bin/sh", "-ec"]\nFROM a\nCMD echo',
    except: { buildah: "1.28 takes /bin/sh whatever SHELL says" },
  },
  {
    name: "EXPOSE once, twice, with protocols",
    except: { buildah: "1.28 keeps one protocol of a port" },
    dockerfile: "EXPOSE 80\nEXPOSE 80/tcp 81/udp 82/sctp\nEXPOSE 80/udp",
  },
  {
    name: "EXPOSE of ranges",
    dockerfile: "EXPOSE 8000-8003 9000-9001/udp",
    except: { buildah: "1.28 stores ranges as they are" },
  },
  { name: "ports from variables", dockerfile: "ARG P=80\nEXPOSE $P ${P}81/udp" },
  {
    name: "VOLUME forms",
    except: { buildah: "makes directories of volumes" },
    dockerfile: 'ENV V=/v\nVOLUME /a /b/c\nVOLUME ["/d e", "/f"]\nVOLUME $V/x',
  },
  { name: "VOLUME with a relative path", dockerfile: "WORKDIR /w\nVOLUME data" },
  {
    name: "RUN writes into a VOLUME afterwards",
    dockerfile:
      "RUN mkdir /v && echo before > /v/before\nVOLUME /v\nRUN echo after > /v/after; ls /v > /seen",
    except: { classic: "what RUN writes there is lost", buildah: "the same" },
  },
  {
    name: "COPY into a VOLUME afterwards",
    dockerfile: "VOLUME /v\nCOPY foo.go /v/\nCOPY app /v/app",
    files,
  },
  {
    name: "a VOLUME of the base",
    dockerfile: "FROM base AS a\nVOLUME /data\nFROM a\nCOPY foo.go /data/old/\nRUN ls /data/old > /seen",
    files,
  },
  {
    name: "LABEL forms",
    dockerfile:
      'LABEL a=1 b="two words" c=\'single $x\' "d e"=f\nLABEL g "h i"\nLABEL multi="one \\\ntwo"\nLABEL a=2 empty=',
  },
  { name: "LABEL with variables", dockerfile: 'ARG V=1\nENV E=2\nLABEL v=$V e=${E} $V=key n="$none"' },
  { name: "LABEL is inherited and replaced", dockerfile: "FROM base AS a\nLABEL x=1 y=2\nFROM a\nLABEL x=3" },
  {
    name: "LABEL with odd text",
    dockerfile: 'LABEL a="日本語" b="tab\\tand \\"quote\\"" c=\'{"json": [1, 2]}\' d="<&>"',
  },
  { name: "MAINTAINER", dockerfile: "MAINTAINER Some Body <a@b.example>" },
  {
    name: "MAINTAINER of a base",
    except: { classic: "forgets it" },
    dockerfile: "FROM base AS a\nMAINTAINER one\nFROM a\nRUN true",
  },
  {
    name: "ENV forms",
    dockerfile: "ENV a=1 b=\"2 3\" c=4\\ 5 d='6'\nENV e   7  8  \nENV f=\nENV g=\"\" h=''",
  },
  { name: "ENV over several lines", dockerfile: "ENV a=1 \\\n    b=2 \\\n    # note\n    c=3" },
  { name: "ENV of PATH", dockerfile: "ENV PATH=/opt/bin:$PATH\nENV PATH=$PATH:/end\nRUN echo $PATH > /x" },
  { name: "ENV replaced keeps its place", dockerfile: "ENV a=1 b=2 c=3\nENV b=4 a=5" },
  { name: "references on one line see what was before", dockerfile: "ENV a=1\nENV a=2 b=$a\nENV c=$a$b" },
  {
    name: "quotes and escapes",
    dockerfile: 'ENV a="x \\"y\\" $HOME" b=\'$PATH\' c=\\$d e=${f:-g} h=${a:+i}',
  },
  {
    name: "defaults and alternatives",
    dockerfile:
      'ENV s=set n=""\nENV a=${s:-x} b=${u:-x} c=${n:-x} d=${s:+y} e=${u:+y} f=${n:+y} g=${u:-${s}} h="${u:-a b}"',
  },
  {
    name: "alternatives of what is set but empty",
    dockerfile: 'ENV n=""\nENV a=${n-x} b=${n+y} c=${u-x} d=${u+y}',
    except: { classic: unknown, buildah: unknown },
  },
  {
    name: "patterns in variables",
    dockerfile: "ENV v=foo.bar.baz\nENV a=${v#*.} b=${v##*.} c=${v%.*} d=${v%%.*} e=${v/bar/X} f=${v//./_}",
    except: { classic: unknown, buildah: unknown },
  },
  {
    name: "WORKDIR makes directories",
    dockerfile: "WORKDIR /a/b\nWORKDIR c\nWORKDIR ../d\nCOPY foo.go .",
    files,
  },
  { name: "WORKDIR with variables", dockerfile: "ENV A=/x B=y\nWORKDIR $A/${B}/z" },
  { name: "WORKDIR through a link", dockerfile: "WORKDIR /link/new\nCOPY foo.go .", files },
  { name: "WORKDIR that is there", dockerfile: "WORKDIR /data/old\nWORKDIR /\nWORKDIR tmp" },
  { name: "WORKDIR that is there and aged", dockerfile: "WORKDIR /aged/below" },
  {
    name: "WORKDIR after USER",
    dockerfile: "USER app\nWORKDIR /srv/own\nRUN pwd > /tmp/x",
    except: { classic: "directories are the user's" },
    givesAway: true,
  },
  {
    name: "WORKDIR after USER with a group",
    except: { classic: "WORKDIR does not make directories the user's" },
    dockerfile: "USER 5:6\nWORKDIR /srv/own",
  },
  { name: "WORKDIR in quotes", dockerfile: 'WORKDIR "/with blank"\nRUN pwd > x' },
  { name: "WORKDIR with dots and slashes", dockerfile: "WORKDIR /a//b/./c/../d/\nWORKDIR .\nRUN pwd > /x" },
  { name: "ONBUILD is stored", dockerfile: "ONBUILD RUN true\nONBUILD COPY . /x" },
  {
    name: "ONBUILD of everything",
    dockerfile:
      'ONBUILD ENV A=1\nONBUILD CMD ["x"]\nONBUILD USER app\nONBUILD RUN   echo  a   b\nONBUILD LABEL x="y  z"',
  },
  {
    name: "ONBUILD of a stage runs",
    dockerfile:
      "FROM base AS a\nONBUILD COPY foo.go /trigger\nONBUILD ENV T=1\nFROM a\nRUN test -f /trigger && echo $T > /t",
    files,
  },
  {
    name: "ONBUILD runs in order and is not handed on",
    dockerfile:
      "FROM base AS a\nONBUILD RUN echo 1 >> /order\nONBUILD WORKDIR /w\nONBUILD RUN echo 2 >> /order\nFROM a AS b\nRUN echo 3 >> /order\nONBUILD RUN echo 4 >> /order\nFROM b",
  },
  {
    name: "ONBUILD COPY --from",
    dockerfile:
      "FROM base AS src\nRUN echo s > /s\nFROM base AS a\nONBUILD COPY --from=src /s /copied\nFROM a\nRUN cat /copied > /x",
    except: { buildah: "1.28 looks for an image of that name" },
  },
  {
    name: "ONBUILD with an argument of the stage that it runs in",
    dockerfile: "FROM base AS a\nONBUILD ARG X=1\nONBUILD RUN echo $X > /x\nFROM a\nRUN echo $X > /y",
    args: { X: "given" },
  },
  {
    name: "scratch alone",
    dockerfile: "FROM scratch\nCOPY foo.go /\nENV A=b",
    files,
    except: { classic: "sets no working directory", buildah: "sets neither working directory nor PATH" },
  },
  { name: "nothing but FROM", except: { buildah: "has nothing to write" }, dockerfile: "FROM base" },
  { name: "only settings: no layer", dockerfile: 'ENV A=1\nLABEL b=2\nCMD ["c"]\nWORKDIR /\nUSER app' },
  {
    name: "configuration of a base with everything",
    except: { classic: "WORKDIR does not make directories the user's" },
    dockerfile:
      'FROM base AS a\nENV A=1\nLABEL b=2\nEXPOSE 3\nVOLUME /v\nUSER app\nWORKDIR /w\nSTOPSIGNAL SIGINT\nENTRYPOINT ["e"]\nCMD ["c"]\nFROM a\nLABEL d=4',
  },
];
