import type { RawPair } from "./arguments.ts";
import type { Heredoc } from "./heredoc.ts";
import type { RunDevice } from "./run-device.ts";
import type { SourceRange } from "./source.ts";

/** What every instruction knows of itself. Words still hold variables and quotes: see expandInstruction(). */
interface InstructionBase {
  /** The logical line as written, without heredoc contents. */
  readonly original: string;
  readonly range: SourceRange;
  readonly comments: readonly string[];
}

export interface FromInstruction extends InstructionBase {
  readonly kind: "from";
  /** An image reference, the name of an earlier stage, or `scratch`; may hold global ARGs. */
  readonly base: string;
  /** Lower case. */
  readonly stageName?: string;
  readonly platform?: string;
}

/** The command of RUN, CMD, ENTRYPOINT: a list as it is, or a text for the shell of SHELL. */
export type CommandLine =
  | { readonly form: "exec"; readonly argv: readonly string[] }
  | { readonly form: "shell"; readonly text: string };

export interface RunInstruction extends InstructionBase {
  readonly kind: "run";
  readonly command: CommandLine;
  readonly heredocs: readonly Heredoc[];
  /** Each `--mount` as written: parseRunMount() reads it once its variables are known. */
  readonly mounts: readonly string[];
  readonly network?: string;
  readonly security?: string;
  readonly devices: readonly RunDevice[];
}

/** A file that stands in the Dockerfile itself. */
export interface InlineFile {
  readonly name: string;
  readonly content: string;
  readonly expand: boolean;
}

interface CopyBase extends InstructionBase {
  /** Paths, patterns and (ADD) addresses, in order. */
  readonly sources: readonly string[];
  /** Heredocs; they come after the sources. */
  readonly inlineFiles: readonly InlineFile[];
  readonly destination: string;
  readonly chown?: string;
  readonly chmod?: string;
  readonly link: boolean;
  readonly exclude: readonly string[];
}

export interface CopyInstruction extends CopyBase {
  readonly kind: "copy";
  /** A stage's name or number, or an image. */
  readonly from?: string;
  readonly parents: boolean;
}

export interface AddInstruction extends CopyBase {
  readonly kind: "add";
  readonly checksum?: string;
  readonly keepGitDir?: boolean;
  /** Absent: local archives are unpacked, those from an address are not. */
  readonly unpack?: boolean;
}

export interface ArgDefinition {
  readonly name: string;
  /** Absent where the instruction gives no default. */
  readonly value?: string;
}

export interface ArgInstruction extends InstructionBase {
  readonly kind: "arg";
  readonly definitions: readonly ArgDefinition[];
}

export interface EnvInstruction extends InstructionBase {
  readonly kind: "env";
  readonly pairs: readonly RawPair[];
}

export interface LabelInstruction extends InstructionBase {
  readonly kind: "label";
  readonly pairs: readonly RawPair[];
}

export interface CmdInstruction extends InstructionBase {
  readonly kind: "cmd";
  readonly command: CommandLine;
}

export interface EntrypointInstruction extends InstructionBase {
  readonly kind: "entrypoint";
  readonly command: CommandLine;
}

export interface HealthcheckInstruction extends InstructionBase {
  readonly kind: "healthcheck";
  /** `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", text]`. */
  readonly test: readonly string[];
  /** Durations are nanoseconds; 0 = the default. */
  readonly intervalNs: number;
  readonly timeoutNs: number;
  readonly startPeriodNs: number;
  readonly startIntervalNs: number;
  readonly retries: number;
}

export interface OnbuildInstruction extends InstructionBase {
  readonly kind: "onbuild";
  /** The trigger as the image config keeps it, heredocs included. */
  readonly expression: string;
}

export interface ExposeInstruction extends InstructionBase {
  readonly kind: "expose";
  /** Sorted, unexpanded: each may become several ports. See parsePorts(). */
  readonly ports: readonly string[];
}

export interface VolumeInstruction extends InstructionBase {
  readonly kind: "volume";
  readonly paths: readonly string[];
}

export interface UserInstruction extends InstructionBase {
  readonly kind: "user";
  readonly user: string;
}

export interface WorkdirInstruction extends InstructionBase {
  readonly kind: "workdir";
  readonly path: string;
}

export interface StopsignalInstruction extends InstructionBase {
  readonly kind: "stopsignal";
  readonly signal: string;
}

export interface ShellInstruction extends InstructionBase {
  readonly kind: "shell";
  readonly argv: readonly string[];
}

export interface MaintainerInstruction extends InstructionBase {
  readonly kind: "maintainer";
  readonly author: string;
}

/** Everything that may stand in a stage, below its FROM. */
export type StageInstruction =
  | AddInstruction
  | ArgInstruction
  | CmdInstruction
  | CopyInstruction
  | EntrypointInstruction
  | EnvInstruction
  | ExposeInstruction
  | HealthcheckInstruction
  | LabelInstruction
  | MaintainerInstruction
  | OnbuildInstruction
  | RunInstruction
  | ShellInstruction
  | StopsignalInstruction
  | UserInstruction
  | VolumeInstruction
  | WorkdirInstruction;

export type Instruction = FromInstruction | StageInstruction;

export const instructionNames: readonly string[] = [
  "ADD",
  "ARG",
  "CMD",
  "COPY",
  "ENTRYPOINT",
  "ENV",
  "EXPOSE",
  "FROM",
  "HEALTHCHECK",
  "LABEL",
  "MAINTAINER",
  "ONBUILD",
  "RUN",
  "SHELL",
  "STOPSIGNAL",
  "USER",
  "VOLUME",
  "WORKDIR",
];
