/** What came from upstream registries. */
export const upstreamsSchema = "";
