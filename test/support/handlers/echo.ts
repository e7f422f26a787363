/** Answers with what it was given and the environment it runs in. */
export const handler = async (event: unknown, context: { getRemainingTimeInMillis(): number }) => ({
  event,
  greeting: process.env.GREETING,
  path: process.env.PATH,
  remainingMs: context.getRemainingTimeInMillis(),
});
