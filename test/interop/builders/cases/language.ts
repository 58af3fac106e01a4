// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the Dockerfile language.
import { type BuildCase, unknown } from "../build-case.ts";
import { files } from "./files.ts";

/** Arguments, and how a Dockerfile is read. */
export const languageCases: readonly BuildCase[] = [
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
    name: "a global ARG is not seen in a stage that does not ask for it",
    dockerfile: 'ARG V=1\nFROM base\nRUN echo "[$V]" > /v',
  },
  {
    name: "a global ARG with a default of its own in a stage",
    dockerfile: 'ARG V=1\nFROM base\nARG V=2\nRUN echo "[$V]" > /v',
  },
  {
    name: "a global ARG made of another",
    dockerfile: "ARG N=ba\nARG M=${N}se\nFROM ${M}\nARG M\nRUN echo $M > /m",
  },
  {
    name: "ARG before its declaration",
    dockerfile: 'RUN echo "[$A]" > /a\nARG A=1\nRUN echo "[$A]" > /b',
    args: { A: "x" },
  },
  { name: "ARG declared again", dockerfile: "ARG A=1\nARG A=2\nRUN echo $A > /a" },
  {
    name: "ARG declared again without a value",
    except: { classic: "keeps the value" },
    dockerfile: 'ARG A=1\nARG A\nRUN echo "[$A]" > /a',
  },
  {
    name: "several ARGs on a line",
    dockerfile: 'ARG A=1 B=2 C\nRUN echo "$A $B [$C]" > /a',
    args: { C: "3" },
  },
  { name: "ARG from ARG", dockerfile: "ARG A=1\nARG B=${A}2\nRUN echo $B > /b" },
  { name: "an empty ARG", dockerfile: 'ARG A=\nARG B\nRUN echo "[${A-unset}][${B-unset}]" > /a' },
  {
    name: "an empty argument from outside",
    dockerfile: 'ARG A=1\nRUN echo "[${A-unset}]" > /a',
    args: { A: "" },
  },
  {
    name: "an argument with blanks and quotes",
    dockerfile: 'ARG A\nENV B="$A"\nRUN echo "$A" > /a',
    args: { A: 'it\'s  a "test" $HOME' },
  },
  {
    name: "proxy arguments are known and not kept",
    dockerfile: "RUN echo $HTTP_PROXY $no_proxy > /a",
    args: { HTTP_PROXY: "http://127.0.0.1:1", no_proxy: "localhost" },
  },
  {
    name: "a proxy argument that is declared",
    except: { buildkit: "shows it in the history" },
    dockerfile: "ARG HTTP_PROXY\nRUN echo $HTTP_PROXY > /a",
    args: { HTTP_PROXY: "http://127.0.0.1:1" },
  },
  {
    name: "platform arguments",
    dockerfile:
      "ARG TARGETOS\nARG TARGETARCH\nARG TARGETPLATFORM\nRUN echo $TARGETOS/$TARGETARCH $TARGETPLATFORM > /a",
    except: { classic: unknown },
  },
  { name: "platform arguments that nobody asked for", dockerfile: 'RUN echo "[$TARGETARCH]" > /a' },
  {
    name: "FROM with a platform",
    dockerfile: "FROM --platform=linux/amd64 base\nRUN echo > /x",
  },
  {
    name: "an argument in the shell and one in the file",
    dockerfile: "ARG A=file\nRUN A=shell; echo $A ${A} > /a",
  },
  {
    name: "another escape character",
    dockerfile: "# escape=`\nFROM base\nENV A=a`\nb\nRUN echo `\n  c > /c",
  },
  {
    name: "another escape character and backslashes",
    except: { buildah: "1.28 takes backslashes for escapes" },
    dockerfile: "# escape=`\nFROM base\nENV A=C:\\dir B=`$HOME\nCOPY foo.go /x`\n/y",
    files,
  },
  {
    name: "comments and blank lines",
    dockerfile: "# one\nFROM base\n\n# two\nRUN echo a \\\n  # three\n  b > /x\n",
  },
  { name: "blank lines inside an instruction", dockerfile: "FROM base\nRUN echo a \\\n\n\n  b > /x\n" },
  {
    name: "lower case",
    dockerfile: "from base as x\nrun echo a > /x\nfrom x\ncopy foo.go /\nenv a=1\nworkdir /w",
    files,
  },
  {
    name: "blanks before instructions and after",
    dockerfile: "  FROM base  \n\tRUN echo a > /x  \n  COPY   foo.go\t/y  ",
    files,
  },
  { name: "a mark at the beginning", dockerfile: "\ufeffFROM base\nRUN echo a > /x" },
  {
    name: "lines that end as on Windows",
    dockerfile: "FROM base\r\nENV A=1\r\nRUN echo a \\\r\n  b > /x\r\nCOPY foo.go /y\r\n",
    files,
  },
  { name: "no line end at the end", dockerfile: "FROM base\nENV A=1" },
  {
    name: "a comment that looks like a directive",
    dockerfile: "# note\n# escape=`\nFROM base\nRUN echo a \\\n b > /x",
  },
  {
    name: "a hash inside of instructions",
    dockerfile: "ENV A=a#b B=\"# c\"\nRUN echo a # comment of the shell > /x\nRUN echo '#' > /x",
  },
  {
    name: "a long Dockerfile",
    dockerfile: `${Array.from({ length: 60 }, (_, index) => `ENV V${index}=${index}\nLABEL l${index}=$V${index}`).join("\n")}\nRUN echo $V59 > /x`,
  },
];
