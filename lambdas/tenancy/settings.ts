import * as z from 'zod';

/** Names of members and parameters, compared without case and separators. */
export const keyList = z
  .array(
    z
      .string()
      .max(100, 'A key has at most 100 characters.')
      .regex(/[A-Za-z0-9\u0080-\uFFFF]/, 'A key has a letter or a digit.'),
  )
  .max(100, 'A list has at most 100 keys.');

const siteTracking = z.object({
  /** Whether anything is stored at all. */
  enabled: z.boolean().default(true),
  /** Which of a browser's wishes not to be tracked are honoured: none, Sec-GPC, or DNT as well. */
  privacy_mode: z.enum(['off', 'standard', 'strict']).default('standard'),
  /** Whether even the synchronous call leaves processing to the queue. */
  batch_processing: z.boolean().default(false),
  /** Whose values are redacted beyond the rules, and whose are left alone. */
  redaction: z
    .object({ deny_keys: keyList.default([]), allow_keys: keyList.default([]) })
    .default({ deny_keys: [], allow_keys: [] }),
});

/** What the profile of a tenant says about tracking. */
export type TenantSettings = z.infer<typeof siteTracking>;

/** What holds where a profile cannot be understood: nothing is stored that might be unwanted, and no call waits. */
const safest: TenantSettings = {
  enabled: false,
  privacy_mode: 'strict',
  batch_processing: true,
  redaction: { deny_keys: [], allow_keys: [] },
};

const { shape } = siteTracking;
const readable = z
  .object({
    enabled: shape.enabled.catch(safest.enabled),
    privacy_mode: shape.privacy_mode.catch(safest.privacy_mode),
    batch_processing: shape.batch_processing.catch(safest.batch_processing),
    redaction: z
      .object({ deny_keys: keyList.catch([]), allow_keys: keyList.catch([]) })
      .catch(safest.redaction),
  })
  .catch(safest);

/**
 * Reads `configuration.site_tracking` of a tenant's profile; what it does not mention has its default.
 * @returns the settings, and the names of those that could not be read and have their safest value instead.
 */
export function readSettings(source: unknown): { settings: TenantSettings; malformed: readonly string[] } {
  const parsed = siteTracking.safeParse(source ?? {});
  if (parsed.success) return { settings: parsed.data, malformed: [] };
  const malformed = parsed.error.issues.map(({ path }) => String(path[0] ?? 'site_tracking'));
  return { settings: readable.parse(source), malformed };
}
