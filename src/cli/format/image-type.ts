/** The Go types behind docker's `image inspect`: they say what is zero where nothing is said, and what has another name in JSON. */
import {
  goBool,
  goDuration,
  goInt,
  goInt64,
  goString,
  goTime,
  map,
  named,
  pointer,
  slice,
  struct,
} from "../../template/mod.ts";

const nothing = struct("struct {}", {});
export const words = named("strslice.StrSlice", slice(goString));

/** A port and its protocol: `80/tcp`. */
export const port = named("nat.Port", goString, {
  methods: {
    Port: { parameters: [], result: goString, call: (data) => String(data).split("/")[0] },
    Proto: { parameters: [], result: goString, call: (data) => String(data).split("/")[1] ?? "tcp" },
    Int: { parameters: [], result: goInt, call: (data) => Number.parseInt(String(data), 10) || 0 },
  },
});

const healthConfig = struct("container.HealthConfig", {
  Test: { type: slice(goString), omitEmpty: true },
  Interval: { type: goDuration, omitEmpty: true },
  Timeout: { type: goDuration, omitEmpty: true },
  StartPeriod: { type: goDuration, omitEmpty: true },
  Retries: { type: goInt, omitEmpty: true },
});

export const containerConfig = struct("container.Config", {
  Hostname: goString,
  Domainname: goString,
  User: goString,
  AttachStdin: goBool,
  AttachStdout: goBool,
  AttachStderr: goBool,
  ExposedPorts: { type: named("nat.PortSet", map(port, nothing)), omitEmpty: true },
  Tty: goBool,
  OpenStdin: goBool,
  StdinOnce: goBool,
  Env: slice(goString),
  Cmd: words,
  Healthcheck: { type: pointer(healthConfig), omitEmpty: true },
  ArgsEscaped: { type: goBool, omitEmpty: true },
  Image: goString,
  Volumes: map(goString, nothing),
  WorkingDir: goString,
  Entrypoint: words,
  NetworkDisabled: { type: goBool, omitEmpty: true },
  MacAddress: { type: goString, omitEmpty: true },
  OnBuild: slice(goString),
  Labels: map(goString, goString),
  StopSignal: { type: goString, omitEmpty: true },
  StopTimeout: { type: pointer(goInt), omitEmpty: true },
  Shell: { type: words, omitEmpty: true },
});

export const graphDriver = struct("types.GraphDriverData", { Data: map(goString, goString), Name: goString });

export const imageInspect = struct("types.ImageInspect", {
  ID: { type: goString, json: "Id" },
  RepoTags: slice(goString),
  RepoDigests: slice(goString),
  Parent: goString,
  Comment: goString,
  Created: goString,
  Container: goString,
  ContainerConfig: pointer(containerConfig),
  DockerVersion: goString,
  Author: goString,
  Config: pointer(containerConfig),
  Architecture: goString,
  Variant: { type: goString, omitEmpty: true },
  Os: goString,
  OsVersion: { type: goString, omitEmpty: true },
  Size: goInt64,
  VirtualSize: goInt64,
  GraphDriver: graphDriver,
  RootFS: struct("types.RootFS", {
    Type: goString,
    Layers: { type: slice(goString), omitEmpty: true },
    BaseLayer: { type: goString, omitEmpty: true },
  }),
  Metadata: struct("types.ImageMetadata", { LastTagTime: { type: goTime, omitEmpty: true } }),
});
