import { fieldContainers, fieldLengths, propertyContainers } from '../lambdas/event/payload.ts';
import { measures } from '../lambdas/redaction/key-facts.ts';
import { kinds, rules } from '../lambdas/redaction/rules.ts';

/** The rules of redaction with what they need to know of fields, as SQL holds them. */
export const redactionRules = {
  ...rules,
  kinds,
  fields: {
    lengths: Object.fromEntries(fieldLengths),
    measures: [...measures],
    containers: fieldContainers,
    properties: propertyContainers,
  },
};

const WIDTH = 124;

/** JSON with lines of a readable length. */
function wrapped(value: unknown): string {
  const words = JSON.stringify(value, null, 1)
    .split(/\n\s*/)
    .map((line) => line.trim());
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length < WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}

/** The function of a migration that brings today's rules to SQL. */
export const rulesInSql = (): string => `CREATE OR REPLACE FUNCTION raw.redaction_rules() RETURNS jsonb
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN raw.byte_view($rules$
${wrapped(redactionRules)}
$rules$)::jsonb;
`;

// `node scripts/run.mjs scripts/redaction-rules.ts` prints it.
if (process.argv[1] === import.meta.filename) process.stdout.write(rulesInSql());
