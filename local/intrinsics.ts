import * as z from 'zod';

/** What the intrinsic functions of a template stand for on this machine. */
export interface References {
  /** The value of `{ Ref: logicalId }`. */
  ref(logicalId: string): string;
  /** The value of `{ 'Fn::GetAtt': [logicalId, attribute] }`. */
  attribute(logicalId: string, attribute: string): string;
}

const ref = z.strictObject({ Ref: z.string() });
const getAtt = z.strictObject({
  'Fn::GetAtt': z.union([
    z.tuple([z.string(), z.string()]),
    z.string().transform((dotted): [string, string] => {
      const [logicalId = '', ...attribute] = dotted.split('.');
      return [logicalId, attribute.join('.')];
    }),
  ]),
});
const join = z.strictObject({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });
const sub = z.strictObject({ 'Fn::Sub': z.string() });
/** One part of a text that is cut, as the CDK takes a function's name out of its alias. */
const select = z.strictObject({
  'Fn::Select': z.tuple([
    z.coerce.number(),
    z.strictObject({ 'Fn::Split': z.tuple([z.string(), z.unknown()]) }),
  ]),
});
const scalar = z.union([z.string(), z.number(), z.boolean()]);

/**
 * Evaluates a CloudFormation expression (`Ref`, `Fn::GetAtt`, `Fn::Join`, `Fn::Sub`, `Fn::Select` of `Fn::Split`) to the string it stands for.
 * @throws Error for any other intrinsic function.
 */
export function evaluate(expression: unknown, references: References): string {
  const plain = scalar.safeParse(expression);
  if (plain.success) return String(plain.data);
  const reference = ref.safeParse(expression);
  if (reference.success) return references.ref(reference.data.Ref);
  const attribute = getAtt.safeParse(expression);
  if (attribute.success) return references.attribute(...attribute.data['Fn::GetAtt']);
  const joined = join.safeParse(expression);
  if (joined.success) {
    const [separator, parts] = joined.data['Fn::Join'];
    return parts.map((part) => evaluate(part, references)).join(separator);
  }
  const selected = select.safeParse(expression);
  if (selected.success) {
    const [
      index,
      {
        'Fn::Split': [separator, whole],
      },
    ] = selected.data['Fn::Select'];
    return evaluate(whole, references).split(separator)[index] ?? '';
  }
  const substituted = sub.safeParse(expression);
  if (substituted.success) return substitute(substituted.data['Fn::Sub'], references);
  throw new Error(`The local stack cannot evaluate this template expression: ${JSON.stringify(expression)}`);
}

function substitute(text: string, references: References): string {
  return text.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
    if (name.startsWith('!')) return `\${${name.slice(1)}}`;
    const [logicalId = '', ...attribute] = name.split('.');
    return attribute.length === 0
      ? references.ref(logicalId)
      : references.attribute(logicalId, attribute.join('.'));
  });
}

/** The logical ids that an expression refers to, in the order in which they stand. */
export function referredIds(expression: unknown): string[] {
  const ids: string[] = [];
  const collect = (logicalId: string): string => {
    ids.push(logicalId);
    return logicalId;
  };
  evaluate(expression, { ref: collect, attribute: collect });
  return ids;
}
