/** Reviews and their triggers, deleted tags, times of pulls, sizes of repositories. */
export const garbageSchema = "";
