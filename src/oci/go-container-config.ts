import type { RuntimeConfig } from "./config.ts";

/** A configuration as docker prints it, Go's container.Config: what it is silent about is there as well, in the order of the fields. */
export function goContainerConfig(given: unknown): Record<string, unknown> {
  const config = (given ?? {}) as RuntimeConfig;
  const check = config.Healthcheck;
  return {
    Hostname: text(config.Hostname),
    Domainname: text(config.Domainname),
    User: config.User ?? "",
    AttachStdin: config.AttachStdin === true,
    AttachStdout: config.AttachStdout === true,
    AttachStderr: config.AttachStderr === true,
    ...(config.ExposedPorts && { ExposedPorts: sorted(config.ExposedPorts) }),
    Tty: config.Tty === true,
    OpenStdin: config.OpenStdin === true,
    StdinOnce: config.StdinOnce === true,
    Env: config.Env ?? null,
    Cmd: config.Cmd ?? null,
    ...(check && {
      Healthcheck: withoutEmpty(check, [
        "Test",
        "Interval",
        "Timeout",
        "StartPeriod",
        "StartInterval",
        "Retries",
      ]),
    }),
    ...(config.ArgsEscaped && { ArgsEscaped: true }),
    Image: text(config.Image),
    Volumes: config.Volumes ? sorted(config.Volumes) : null,
    WorkingDir: config.WorkingDir ?? "",
    Entrypoint: config.Entrypoint ?? null,
    ...(config.NetworkDisabled === true && { NetworkDisabled: true }),
    ...(text(config.MacAddress) !== "" && { MacAddress: config.MacAddress }),
    OnBuild: config.OnBuild ?? null,
    Labels: config.Labels ? sorted(config.Labels) : null,
    ...(config.StopSignal && { StopSignal: config.StopSignal }),
    ...(typeof config.StopTimeout === "number" && { StopTimeout: config.StopTimeout }),
    ...(config.Shell && { Shell: config.Shell }),
  };
}

/** Go leaves out what is empty or zero. */
function withoutEmpty(object: object, keys: readonly string[]): Record<string, unknown> {
  const values = object as Record<string, unknown>;
  return Object.fromEntries(keys.filter((key) => values[key]).map((key) => [key, values[key]]));
}

function sorted<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(map)
      .map(([key, value]): [string, T] => [key, value])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
