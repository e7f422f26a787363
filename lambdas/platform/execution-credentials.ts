import * as z from 'zod';

const variables = z.object({
  AWS_ACCESS_KEY_ID: z.string().min(1),
  AWS_SECRET_ACCESS_KEY: z.string().min(1),
  AWS_SESSION_TOKEN: z.string().min(1).optional(),
});

/**
 * Takes the place of the SDK's chain of credential providers in every bundle, by its name: Lambda gives a function the
 * credentials of its role in these variables and nowhere else, and the other providers are a fifth of a bundle.
 * @throws Error naming each variable that is missing, never a value.
 */
export const defaultProvider = () => async () => {
  const parsed = variables.safeParse(process.env);
  if (!parsed.success) {
    const names = parsed.error.issues.map(({ path }) => path.join('.'));
    throw new Error(`The environment has no credentials: set ${names.join(' and ')}.`);
  }
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = parsed.data;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN !== undefined && { sessionToken: AWS_SESSION_TOKEN }),
  };
};
