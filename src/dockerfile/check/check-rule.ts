/**
 * The build checks, by the names BuildKit gave them: people have them in `check=skip=…` comments and look them up under these names.
 * https://docs.docker.com/reference/build-checks/
 */
export const checkRules = {
  StageNameCasing: "Names of stages are written in lower case",
  FromAsCasing: "AS is written as its FROM is: both in upper or both in lower case",
  NoEmptyContinuation: "No empty line inside an instruction that goes over several lines",
  ConsistentInstructionCasing: "All instructions are written in the same case",
  DuplicateStageName: "Each stage has a name of its own",
  ReservedStageName: "No stage is called scratch or context",
  JSONArgsRecommended: "CMD and ENTRYPOINT as JSON, so that the program gets the signals and not a shell",
  MaintainerDeprecated: "A label names the author, MAINTAINER is of the past",
  UndefinedArgInFrom: "FROM uses only ARGs that stand above it",
  WorkdirRelativePath:
    "The first WORKDIR of a stage is absolute: what it is relative to can change with the base",
  UndefinedVar: "Variables are set before they are used",
  MultipleInstructionsDisallowed:
    "CMD, ENTRYPOINT and HEALTHCHECK stand once in a stage: only the last one counts",
  LegacyKeyValueFormat: "ENV and LABEL with =",
  InvalidBaseImagePlatform: "The base image is for the platform that is built for",
  RedundantTargetPlatform: "FROM --platform=$TARGETPLATFORM says what is so anyway",
  SecretsUsedInArgOrEnv: "No secrets in ARG and ENV: everybody who has the image can read them",
  InvalidDefaultArgInFrom: "FROM is valid with the defaults of its ARGs",
  FromPlatformFlagConstDisallowed: "FROM --platform is not one fixed platform",
  CopyIgnoredFile: "COPY and ADD name nothing that the ignore file leaves out",
  InvalidDefinitionDescription:
    "A comment right above ARG or a named FROM begins with the name that it describes",
  ExposeProtoCasing: "Protocols in EXPOSE are written in lower case",
  ExposeInvalidFormat: "EXPOSE names ports of the container, no addresses or ports of a host",
} as const satisfies Record<string, string>;

export type CheckRule = keyof typeof checkRules;

/** Only on demand: `check=experimental=…`. */
export const experimentalRules: ReadonlySet<CheckRule> = new Set(["InvalidDefinitionDescription"]);

/** Where a rule is explained; undefined for the one that nobody documented. */
export function ruleUrl(rule: CheckRule): string | undefined {
  if (rule === "InvalidBaseImagePlatform") return undefined;
  const words = rule.replaceAll(/([a-z])(?=[A-Z])/g, "$1-").replace("JSONArgs", "JSON-Args");
  return `https://docs.docker.com/go/dockerfile/rule/${words.toLowerCase()}/`;
}
