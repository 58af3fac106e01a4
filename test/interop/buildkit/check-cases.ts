// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Dockerfiles are written
/** Dockerfiles for the build checks: each is asked of BuildKit's frontend and of Kasane. The base images have PATH and BASE_VARIABLE. */
export const checkCases: readonly {
  readonly name: string;
  readonly dockerfile: string;
  readonly buildArgs?: Record<string, string>;
}[] = [
  { name: "nothing to say", dockerfile: 'FROM alpine AS base\nRUN echo hi\nCMD ["sh"]\n' },
  { name: "stage name in upper case", dockerfile: "FROM alpine AS Base\nRUN true\n" },
  { name: "as in lower case", dockerfile: "FROM alpine as base\nRUN true\n" },
  { name: "from in lower case, AS", dockerfile: "from alpine AS base\nrun true\n" },
  { name: "From in mixed case, as", dockerfile: "From alpine as base\nRUN true\n" },
  { name: "empty continuation", dockerfile: "FROM alpine\nRUN echo a \\\n\n  b\nRUN x \\\n\n\n y\n" },
  { name: "one lower case among many", dockerfile: "FROM alpine\nrun a\nRUN b\nRUN c\n" },
  { name: "one upper case among many", dockerfile: "from alpine\nrun a\nRUN b\nrun c\n" },
  { name: "as many of each", dockerfile: "from alpine\nrun a\nRUN b\nRUN c\n" },
  { name: "mixed case", dockerfile: "FROM alpine\nRun a\nRUN b\n" },
  { name: "case of global ARGs does not count", dockerfile: "arg A=1\narg B=2\narg C=3\nFROM alpine\n" },
  {
    name: "duplicate names",
    dockerfile: "FROM alpine AS a\nFROM alpine AS b\nFROM alpine AS A\nFROM a AS a\n",
  },
  { name: "reserved names", dockerfile: "FROM alpine AS scratch\nFROM alpine AS context\nFROM alpine\n" },
  { name: "shell form of CMD", dockerfile: "FROM alpine\nCMD echo hi\n" },
  { name: "shell form of ENTRYPOINT", dockerfile: "FROM alpine\nENTRYPOINT echo hi\n" },
  { name: "shell form with SHELL", dockerfile: 'FROM alpine\nSHELL ["/bin/bash", "-c"]\nCMD echo hi\n' },
  {
    name: "SHELL of the stage below",
    dockerfile: 'FROM alpine AS a\nSHELL ["/bin/bash", "-c"]\nFROM a\nCMD echo hi\nFROM alpine\nCMD x\n',
  },
  { name: "maintainer", dockerfile: "FROM alpine\nMAINTAINER somebody\n" },
  { name: "ARG of FROM", dockerfile: "ARG VERSION=3\nFROM alpine:${VERSION}\n" },
  { name: "undeclared ARG of FROM", dockerfile: "ARG VERSION=3\nFROM alpine:${VERSIN}x\n" },
  { name: "undeclared ARG with default", dockerfile: "FROM alpine:${TAG:-3}\n" },
  { name: "ARG without default in FROM", dockerfile: "ARG TAG\nFROM alpine:${TAG:-3}\n" },
  { name: "ARG without default, given", dockerfile: "ARG TAG\nFROM alpine:$TAG\n", buildArgs: { TAG: "3" } },
  {
    name: "undeclared ARG, given all the same",
    dockerfile: "FROM alpine:${TAG:-3}\n",
    buildArgs: { TAG: "3" },
  },
  { name: "undeclared ARG of platform", dockerfile: "FROM --platform=${BUILDPLATFRM:-linux/amd64} alpine\n" },
  { name: "relative workdir", dockerfile: "FROM alpine\nWORKDIR app\nWORKDIR src\n" },
  { name: "absolute, then relative workdir", dockerfile: "FROM alpine\nWORKDIR /app\nWORKDIR src\n" },
  { name: "workdir of the stage below", dockerfile: "FROM alpine AS a\nWORKDIR /app\nFROM a\nWORKDIR src\n" },
  { name: "workdir from a variable", dockerfile: "FROM alpine\nENV D=/x\nWORKDIR $D\nWORKDIR $D\n" },
  { name: "undefined variable", dockerfile: "FROM alpine\nCOPY $SOURCE /\n" },
  { name: "variable of the base", dockerfile: "FROM alpine\nENV X=$BASE_VARIABLE:$PATH\n" },
  { name: "variable of scratch", dockerfile: "FROM scratch\nENV X=$PATH Y=$BASE_VARIABLE\n" },
  {
    name: "undefined with default",
    dockerfile: "FROM alpine\nENV X=${NOTHING:-a} Y=${NOTHING2+b} Z=${NO3#x}\n",
  },
  { name: "variable set by ENV", dockerfile: "FROM alpine\nENV A=1\nENV B=$A\nLABEL c=$B d=$E\n" },
  { name: "same instruction", dockerfile: "FROM alpine\nENV A=1 B=$A\n" },
  { name: "ARG of the stage", dockerfile: "FROM alpine\nARG A\nARG B=$A\nARG C=$D\nENV X=$A$B$C\n" },
  { name: "ARG from above, not named", dockerfile: "ARG A=1\nFROM alpine\nENV X=$A\n" },
  { name: "ARG from above, named", dockerfile: "ARG A=1\nFROM alpine\nARG A\nENV X=$A\n" },
  { name: "ARG of the stage below", dockerfile: "FROM alpine AS a\nARG A=1\nFROM a\nENV X=$A\n" },
  { name: "platform argument, not named", dockerfile: "FROM alpine\nENV X=$TARGETARCH\n" },
  { name: "platform argument, named", dockerfile: "FROM alpine\nARG TARGETARCH\nENV X=$TARGETARCH\n" },
  { name: "proxy", dockerfile: "FROM alpine\nENV X=$HTTP_PROXY\n" },
  {
    name: "proxy, given",
    dockerfile: "FROM alpine\nENV X=$HTTP_PROXY\n",
    buildArgs: { HTTP_PROXY: "http://p" },
  },
  { name: "shell commands are not looked at", dockerfile: 'FROM alpine\nRUN echo $NOTHING\nCMD ["$NO"]\n' },
  { name: "options of RUN", dockerfile: "FROM alpine\nRUN --mount=type=cache,target=/x$WHERE true\n" },
  { name: "ports from a variable", dockerfile: "FROM alpine\nEXPOSE ${PORT:-80}\n" },
  { name: "quoted variables", dockerfile: "FROM alpine\nENV X='$NO' Y=\\$NO Z=\"$YES\"\n" },
  {
    name: "heredoc",
    dockerfile: "FROM alpine\nCOPY <<EOF /x\n$INSIDE\nEOF\nCOPY <<'EOF' /y\n$QUOTED\nEOF\n",
  },
  {
    name: "user, volume, stopsignal, add",
    dockerfile: "FROM alpine\nUSER $U\nVOLUME /v$V\nSTOPSIGNAL ${S:-9}\nADD $A /\n",
  },
  { name: "owner and mode", dockerfile: "FROM alpine\nCOPY --chown=$O --chmod=${M:-644} a /\n" },
  { name: "CMD twice", dockerfile: 'FROM alpine\nCMD ["a"]\nRUN true\nCMD ["b"]\nCMD ["c"]\n' },
  { name: "ENTRYPOINT twice", dockerfile: 'FROM alpine\nENTRYPOINT ["a"]\nENTRYPOINT ["b"]\n' },
  { name: "HEALTHCHECK twice", dockerfile: "FROM alpine\nHEALTHCHECK CMD a\nHEALTHCHECK NONE\n" },
  { name: "CMD in two stages", dockerfile: 'FROM alpine AS a\nCMD ["a"]\nFROM a\nCMD ["b"]\n' },
  { name: "old forms", dockerfile: "FROM alpine\nENV a b\nENV c=d e=f\nLABEL x y z\n" },
  {
    name: "redundant platform",
    dockerfile: "FROM --platform=$TARGETPLATFORM alpine\nFROM --platform=${TARGETPLATFORM} alpine AS b\n",
  },
  { name: "build platform", dockerfile: "FROM --platform=$BUILDPLATFORM alpine\n" },
  { name: "platform from parts", dockerfile: "FROM --platform=$TARGETOS/$TARGETARCH alpine\n" },
  {
    name: "fixed platform",
    dockerfile: "FROM --platform=linux/arm64 alpine AS x\nFROM --platform=linux/amd64 alpine\n",
  },
  {
    name: "fixed platform, named so",
    dockerfile:
      "FROM --platform=linux/arm64 alpine AS arm64-tools\nFROM --platform=linux/amd64 alpine AS linux\n",
  },
  {
    name: "secrets",
    dockerfile:
      "FROM alpine\nARG API_KEY\nENV PASSWORD=x\nENV monkey=x TOKEN_FILE=x\nARG AUTH_public AUTH\nENV GITHUB_token=1 APIKEY2=1\nLABEL token=x\n",
  },
  { name: "secret above", dockerfile: "ARG TOKEN=x\nFROM alpine\n" },
  { name: "default that is no image", dockerfile: "ARG BASE\nFROM $BASE\n", buildArgs: { BASE: "alpine" } },
  { name: "default that is no name", dockerfile: "ARG TAG=:\nFROM alpine:$TAG\n", buildArgs: { TAG: "3" } },
  {
    name: "default that is an image",
    dockerfile: "ARG TAG=3\nFROM alpine:$TAG AS x\nFROM x\n",
    buildArgs: { TAG: "4" },
  },
  {
    name: "ports",
    dockerfile:
      "FROM alpine\nEXPOSE 80 81/TCP 82/Udp 83/udp\nEXPOSE 8080:80 127.0.0.1:8080:80/TCP\nEXPOSE 90-95/TCP :80\n",
  },
  {
    name: "skipped by directive",
    dockerfile:
      "# check=skip=JSONArgsRecommended,WorkdirRelativePath\nFROM alpine AS Base\nWORKDIR a\nCMD x\n",
  },
  { name: "all skipped", dockerfile: "# check=skip=all\nFROM alpine AS Base\nWORKDIR a\nCMD x\n" },
  {
    name: "skipped by comment",
    dockerfile: "FROM alpine\n# check=skip=JSONArgsRecommended\nCMD x\nENTRYPOINT x\n",
  },
  {
    name: "skipped by comment of FROM",
    dockerfile: "# x\n\n# check=skip=StageNameCasing\nFROM alpine AS Base\nCMD x\n",
  },
  { name: "comment that is no selection", dockerfile: "FROM alpine\n# check=nonsense\nCMD x\n" },
  {
    name: "case is of the whole file",
    dockerfile: "FROM alpine\n# check=skip=ConsistentInstructionCasing\nrun x\n",
  },
  {
    name: "descriptions",
    dockerfile:
      "# check=experimental=all\n# A what\nARG A=1\n# something\nARG B\n# base is it\nFROM alpine AS base\n# no\nFROM alpine AS other\n# z\nARG C D\n",
  },
  {
    name: "description, one rule",
    dockerfile: "# check=experimental=InvalidDefinitionDescription\n# something\nARG B\nFROM alpine\n",
  },
  { name: "descriptions are experimental", dockerfile: "# x\nARG A\nFROM alpine\n" },
  { name: "ONBUILD", dockerfile: "FROM alpine\nONBUILD ENV a b\nONBUILD CMD x\nonbuild RUN x\n" },
  {
    name: "many stages",
    dockerfile:
      "FROM alpine AS a\nENV X=1\nFROM a AS b\nENV Y=$X\nFROM b\nENV Z=$Y$X$W\nCOPY --from=a $NO b\n",
  },
  { name: "stage by number", dockerfile: "FROM alpine AS a\nENV X=1\nFROM alpine\nCOPY --from=0 $X /\n" },
  { name: "windows escape", dockerfile: "# escape=`\nFROM alpine\nENV A=`$B C=\\$D\n" },
  { name: "default with a variable", dockerfile: "ARG A=1\nARG B=$A$C\nFROM alpine:$B\n" },
];
