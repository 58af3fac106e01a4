import { describeBlobStore } from "./blob-store.contract.ts";
import { openMemoryBlobs } from "./memory-blobs.ts";

describeBlobStore("MemoryBlobStore", async () => {
  const store = openMemoryBlobs();
  return {
    store,
    reopen: () => store,
    leftovers: async () =>
      (await Array.fromAsync(store.listUploads())).map((upload) => `upload ${upload.id}`),
    dispose: async () => {},
  };
});
