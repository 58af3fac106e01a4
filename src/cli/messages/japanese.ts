import { build } from "./ja/build.ts";
import { buildChecks } from "./ja/build-checks.ts";
import { buildFlags } from "./ja/build-flags.ts";
import { buildOutputs } from "./ja/build-outputs.ts";
import { buildSecrets } from "./ja/build-secrets.ts";
import { buildSources } from "./ja/build-sources.ts";
import { commandLine } from "./ja/command-line.ts";
import { container } from "./ja/container.ts";
import { containerFiles } from "./ja/container-files.ts";
import { containerLife } from "./ja/container-life.ts";
import { devices } from "./ja/devices.ts";
import { help } from "./ja/help.ts";
import { image } from "./ja/image.ts";
import { images } from "./ja/images.ts";
import { isolation } from "./ja/isolation.ts";
import { layer } from "./ja/layer.ts";
import { look } from "./ja/look.ts";
import { network } from "./ja/network.ts";
import { registry } from "./ja/registry.ts";
import { remote } from "./ja/remote.ts";
import { server } from "./ja/server.ts";
import { space } from "./ja/space.ts";
import { store } from "./ja/store.ts";
import { transfer } from "./ja/transfer.ts";
import { volumes } from "./ja/volumes.ts";
import { working } from "./ja/working.ts";
import { translator } from "./translate.ts";

/** Every sentence of Kasane in Japanese: one file a topic. */
export const japanese = {
  ...commandLine,
  ...help,
  ...build,
  ...buildOutputs,
  ...buildChecks,
  ...buildFlags,
  ...buildSecrets,
  ...buildSources,
  ...container,
  ...containerLife,
  ...containerFiles,
  ...image,
  ...images,
  ...devices,
  ...isolation,
  ...layer,
  ...look,
  ...network,
  ...registry,
  ...remote,
  ...server,
  ...space,
  ...store,
  ...transfer,
  ...volumes,
  ...working,
};

export const toJapanese = translator(japanese);
