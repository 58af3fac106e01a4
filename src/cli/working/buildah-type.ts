/** The Go type behind buildah's `inspect`: templates know its fields by Go's names, JSON by others. */

import { goBool, goInt64, goString, goTime, map, pointer, slice, struct } from "../../template/mod.ts";
import { containerConfig } from "../format/image-type.ts";

const nothing = struct("struct {}", {});

const history = struct("v1.History", {
  Created: { type: pointer(goTime), json: "created", omitEmpty: true },
  CreatedBy: { type: goString, json: "created_by", omitEmpty: true },
  Author: { type: goString, json: "author", omitEmpty: true },
  Comment: { type: goString, json: "comment", omitEmpty: true },
  EmptyLayer: { type: goBool, json: "empty_layer", omitEmpty: true },
});

const rootfs = struct("v1.RootFS", {
  Type: { type: goString, json: "type" },
  DiffIDs: { type: slice(goString), json: "diff_ids" },
});

const imageConfig = struct("v1.ImageConfig", {
  User: { type: goString, omitEmpty: true },
  ExposedPorts: { type: map(goString, nothing), omitEmpty: true },
  Env: { type: slice(goString), omitEmpty: true },
  Entrypoint: { type: slice(goString), omitEmpty: true },
  Cmd: { type: slice(goString), omitEmpty: true },
  Volumes: { type: map(goString, nothing), omitEmpty: true },
  WorkingDir: { type: goString, omitEmpty: true },
  Labels: { type: map(goString, goString), omitEmpty: true },
  StopSignal: { type: goString, omitEmpty: true },
  ArgsEscaped: { type: goBool, omitEmpty: true },
});

const ociImage = struct("v1.Image", {
  Created: { type: pointer(goTime), json: "created", omitEmpty: true },
  Author: { type: goString, json: "author", omitEmpty: true },
  Architecture: { type: goString, json: "architecture" },
  Variant: { type: goString, json: "variant", omitEmpty: true },
  OS: { type: goString, json: "os" },
  OSVersion: { type: goString, json: "os.version", omitEmpty: true },
  OSFeatures: { type: slice(goString), json: "os.features", omitEmpty: true },
  Config: { type: imageConfig, json: "config", omitEmpty: true },
  RootFS: { type: rootfs, json: "rootfs" },
  History: { type: slice(history), json: "history", omitEmpty: true },
});

const dockerImage = struct("docker.V2Image", {
  Comment: { type: goString, json: "comment", omitEmpty: true },
  Created: { type: goTime, json: "created" },
  ContainerConfig: { type: containerConfig, json: "container_config", omitEmpty: true },
  Author: { type: goString, json: "author", omitEmpty: true },
  Config: { type: pointer(containerConfig), json: "config", omitEmpty: true },
  Architecture: { type: goString, json: "architecture", omitEmpty: true },
  Variant: { type: goString, json: "variant", omitEmpty: true },
  OS: { type: goString, json: "os", omitEmpty: true },
  Size: { type: goInt64, omitEmpty: true },
  RootFS: { type: rootfs, json: "rootfs", omitEmpty: true },
  History: { type: slice(history), json: "history", omitEmpty: true },
});

export const builderInfo = struct("buildah.BuilderInfo", {
  Type: goString,
  FromImage: goString,
  FromImageID: goString,
  FromImageDigest: goString,
  Config: goString,
  Manifest: goString,
  Container: goString,
  ContainerID: goString,
  MountPoint: goString,
  ImageAnnotations: map(goString, goString),
  ImageCreatedBy: goString,
  OCIv1: ociImage,
  Docker: dockerImage,
  History: slice(history),
});
