/** Notifications on their way. */
export const outboxSchema = "";
