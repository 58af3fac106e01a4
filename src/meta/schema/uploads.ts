/** `received` is 0 for uploads of which storage knows nothing. Those of before all have a file. */
export const uploadsSchema = "UPDATE uploads SET received = 1;";
